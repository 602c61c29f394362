import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import type { Reporter } from '../../../../core/reporter.ts';
import type { Outcome } from '../../../engine.ts';
import { isServerError } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { recoveryFailure } from '../failures.ts';
import { type LoadPhase, readPhase } from '../swap/load-note.ts';
import { lockOwner, type SideDatabases, takeLock } from '../swap/side-databases.ts';
import { settleSwap } from '../swap/swap-steps.ts';

/** How long what is left of a load's process may take to end, in seconds. */
const patienceSeconds = 30;

/** What is to become of a load by how far it has come. */
export function outcomeOf(phase: LoadPhase | null): Outcome {
  return phase === 'done' || phase === 'finished' ? 'committed' : 'rolled back';
}

/**
 * Brings the database of a load whose process is gone into one of its two states. The side databases stay.
 * @throws HoldfastError `failed` when the process is still there, or the server refuses
 */
export async function settleLoad(
  session: Session,
  { side, target, reporter }: { side: SideDatabases; target: string; reporter: Reporter },
): Promise<Outcome> {
  try {
    if ((await readPhase(session, side.fresh)) === 'finished') return 'committed';
    if (!(await takeLock(session, side.lock, patienceSeconds))) throw await stillOn(session, side, target);
    return await settleSwap(session, side, (message) => reporter.warning(message));
  } catch (error) {
    throw isServerError(error) ? recoveryFailure(error, { side, target }) : error;
  }
}

async function stillOn(session: Session, { lock }: SideDatabases, target: string): Promise<HoldfastError> {
  const owner = await lockOwner(session, lock);
  return new HoldfastError(
    'failed',
    `The server is still at a restore into database ${printable(target)}: its connection ${owner ?? ''} has not ended.`,
    { hint: `Wait, or end it: KILL ${owner ?? 'its number'}; then try again.` },
  );
}
