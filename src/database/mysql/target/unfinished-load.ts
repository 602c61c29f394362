import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { Outcome } from '../../engine.ts';
import type { Session } from '../connection/session.ts';
import { type LoadPhase, readPhase } from './load-note.ts';
import { lockOwner, type SideDatabases, takeLock } from './side-databases.ts';
import { finishSwap, undoSwap } from './swap-steps.ts';

/** How long what is left of a load's process may take to end, in seconds. */
const patienceSeconds = 30;
/** For locks that applications hold on what has to be put back, in seconds: giving up leaves it undone. */
const lockPatienceSeconds = 300;

/** What became, or is to become, of a load by how far it has come. */
export function outcomeOf(phase: LoadPhase | null): Outcome {
  return phase === 'done' || phase === 'finished' ? 'committed' : 'rolled back';
}

/**
 * Brings the database of a load whose process is gone into one of its two states. The side databases stay.
 * @throws HoldfastError `failed` when the process is still there
 */
export async function settleLoad(session: Session, side: SideDatabases, target: string): Promise<Outcome> {
  if ((await readPhase(session, side.fresh)) === 'finished') return 'committed';
  if (!(await takeLock(session, side.lock, patienceSeconds))) throw await stillOn(session, side, target);
  const phase = await readPhase(session, side.fresh);
  await session.run(`SET SESSION lock_wait_timeout = ${lockPatienceSeconds}`);
  if (phase === 'pending') await undoSwap(session, side);
  if (phase === 'done') await finishSwap(session, side);
  return outcomeOf(phase);
}

async function stillOn(session: Session, { lock }: SideDatabases, target: string): Promise<HoldfastError> {
  const owner = await lockOwner(session, lock);
  return new HoldfastError(
    'failed',
    `The server is still at a restore into database ${printable(target)}: its connection ${owner ?? ''} has not ended.`,
    { hint: `Wait, or end it: KILL ${owner ?? 'its number'}; then try again.` },
  );
}
