import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import { OutcomeUnknown } from '../../engine.ts';
import { quoteName } from '../columns.ts';
import { isServerError, serverMessage } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { blockedFailure, isLockError } from './blockers.ts';
import { schemaSettings } from './connections.ts';
import { type Content, dropPrograms, readContents, tablesOf } from './contents.ts';
import { findForeignReferences, foreignReferenceHint } from './foreign-references.ts';
import { isNoteTable, noteSwap, noteUndone, phaseStep, readPhase } from './load-note.ts';
import { readOldPrograms } from './old-programs.ts';
import { endsPacket, packStatements } from './packets.ts';
import { grantAgain, readRoutineGrants } from './routine-grants.ts';
import { sequenceDefaults } from './sequence-defaults.ts';
import { type SideDatabases, takeLock } from './side-databases.ts';
import { finishSwap, undoSwap } from './swap-steps.ts';

/** How long to wait for the server to end what it does for a connection that is lost, in seconds. */
const patienceSeconds = 30;

export interface Swap {
  readonly target: string;
  readonly side: SideDatabases;
  /** Whether what the target holds may be put aside. */
  readonly replace: boolean;
  /** What sets up the database and makes its programs, in order: statements of the server. */
  readonly programs: readonly string[];
  /** Connects anew where the session is lost; not interrupted by a signal. */
  readonly reconnect: () => Promise<Session>;
}

/**
 * Puts what the side database holds in the place of what the target holds, in one step of the server.
 * @throws OutcomeUnknown when it is not known what became of it, or the new is in place but for some of its programs; any
 *   other error: the database is as it was
 */
export async function swapIn(session: Session, swap: Swap): Promise<void> {
  const { target, side } = swap;
  await session.run(`USE ${quoteName(target)}`);
  const old = await readContents(session, target);
  if (!swap.replace && old.length > 0) throw noLongerEmpty(target, old);
  const references = await findForeignReferences(session, target);
  if (references.length > 0) {
    throw new HoldfastError(
      'failed',
      `Foreign keys refer to tables to be replaced: ${references.join(', ')}.`,
      {
        hint: `${foreignReferenceHint} Nothing was changed.`,
      },
    );
  }
  const fresh = await prepareFresh(session, side);
  const grants = await readRoutineGrants(session, target);
  const after = await noteWhatIsNeeded(session, swap, old, grants);
  const moves = [
    ...tablesOf(old).map((name) => move(target, side.old, name)),
    ...fresh.map((name) => move(side.fresh, target, name)),
    phaseStep(side.fresh, 'pending', 'done'),
  ];
  const drops = dropPrograms(old);
  const isTrigger = (sql: string): boolean => sql.startsWith('DROP TRIGGER');
  const statements = [
    ...drops.filter(isTrigger),
    // Not every server renames tables that are locked.
    'UNLOCK TABLES',
    ...drops.filter((sql) => !isTrigger(sql)),
    `RENAME TABLE ${moves.join(', ')}`,
    ...after,
    `RENAME TABLE ${phaseStep(side.fresh, 'done', 'finished')}`,
  ];
  const [row] = await session.query('SELECT @@max_allowed_packet AS most');
  const packets = packStatements(statements, Number(row?.['most']), (sql) =>
    endsPacket(session.server.flavor, sql),
  );
  await lockTables(session, swap, tablesOf(old));
  try {
    for (const packet of packets) await session.run(packet);
  } catch (error) {
    await settleFailure(error, session, swap);
    return;
  }
  try {
    await session.run(schemaSettings);
    await grantAgain(session, grants);
  } catch {
    // A connection that is lost now: the new is in place.
  }
}

/** Only tables can move: what was made to try it goes. Returns the names of the new tables. */
async function prepareFresh(session: Session, { fresh }: SideDatabases): Promise<string[]> {
  const contents = await readContents(session, fresh);
  for (const { kind, name } of contents) {
    if (kind === 'TRIGGER') await session.run(`DROP TRIGGER ${quoteName(fresh)}.${quoteName(name)}`);
  }
  return tablesOf(contents).filter((name) => !isNoteTable(name));
}

/** Notes how to undo and how to finish the swap. Returns the statements that finish it. */
async function noteWhatIsNeeded(
  session: Session,
  { target, side, programs }: Swap,
  contents: readonly Content[],
  grants: readonly string[],
): Promise<string[]> {
  const finishing = [...(await sequenceDefaults(session, side.fresh, target)), ...programs];
  const old = await readOldPrograms(session, target, contents);
  await session.run(`CREATE DATABASE ${quoteName(side.old)}`);
  await noteSwap(session, side.fresh, { old, new: finishing, grants });
  return finishing;
}

/** Waits until nobody is in the way, before anything is touched. */
async function lockTables(
  session: Session,
  { target, side }: Swap,
  tables: readonly string[],
): Promise<void> {
  if (tables.length === 0) return;
  const locks = tables.map((name) => `${quoteName(target)}.${quoteName(name)} WRITE`);
  try {
    await session.run(`LOCK TABLES ${locks.join(', ')}`);
  } catch (error) {
    if (!isServerError(error)) throw error;
    // A table that cannot be opened can be renamed all the same.
    if (!isLockError(error)) return;
    await noteUndone(session, side.fresh);
    throw await blockedFailure(session, target, error);
  }
}

/** After an error in the middle of a swap: undoes or finishes it. Returns when it is finished. */
async function settleFailure(error: unknown, session: Session, swap: Swap): Promise<void> {
  const { target, side } = swap;
  let probe = session;
  try {
    // A connection that is lost may have its statements still running: its lock is free when they have ended.
    if (!isServerError(error) || !(await isAnswering(session))) {
      probe = await swap.reconnect();
      if (!(await takeLock(probe, side.lock, patienceSeconds))) throw new Error('the server is still at it');
    }
    const phase = await readPhase(probe, side.fresh);
    if (phase === 'finished') return;
    if (phase === 'done') return await finishSwap(probe, side);
    await probe.run('UNLOCK TABLES');
    if (phase === 'pending') await undoSwap(probe, side);
  } catch (failure) {
    throw outcomeUnknown(target, side, failure);
  } finally {
    if (probe !== session) await probe.close();
  }
  if (isLockError(error)) throw await blockedFailure(session, target, error);
  const why = isServerError(error) ? serverMessage(error) : 'the connection was lost';
  throw new HoldfastError('failed', `The new could not be put in place; the database is as it was: ${why}`, {
    hint: 'Mend what the server says, then try again.',
    cause: error,
  });
}

async function isAnswering(session: Session): Promise<boolean> {
  try {
    await session.query('SELECT 1');
    return true;
  } catch {
    return false;
  }
}

function outcomeUnknown(target: string, { fresh }: SideDatabases, cause: unknown): OutcomeUnknown {
  return new OutcomeUnknown(
    `The new was being put in place in database ${printable(target)}, and it is not known how far that came: ${serverMessage(cause)}`,
    {
      hint:
        'When the server is back, or what it says is mended, run: holdfast restore --recover. It finishes the restore or puts ' +
        `back what was there, from what the database ${fresh} holds: leave that alone until then.`,
      cause,
    },
  );
}

function move(from: string, to: string, name: string): string {
  return `${quoteName(from)}.${quoteName(name)} TO ${quoteName(to)}.${quoteName(name)}`;
}

export function noLongerEmpty(target: string, found: readonly Content[]): HoldfastError {
  const some = found.slice(0, 5).map(({ kind, name }) => `${kind.toLowerCase()} ${printable(name)}`);
  return new HoldfastError(
    'failed',
    `The database ${printable(target)} is no longer empty: it holds ${some.join(', ')}.`,
    { hint: 'Somebody else uses it. Restore into a database of its own. Nothing was changed.' },
  );
}
