import { HoldfastError } from '../../../../core/errors.ts';
import { printable } from '../../../../core/printable.ts';
import { OutcomeUnknown } from '../../../engine.ts';
import { quoteName } from '../../columns.ts';
import { isServerError, serverMessage } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { awaitServer, blockedFailure, isLockError, patienceSettings } from './blockers.ts';
import { schemaSettings } from '../load/connections.ts';
import { type Content, dropPrograms, readContents, tablesOf } from '../contents.ts';
import { findForeignReferences, foreignReferenceHint } from './foreign-references.ts';
import { isNoteTable, type LoadNote, noteSwap, noteUndone, phaseStep } from './load-note.ts';
import { readOldPrograms } from './old-programs.ts';
import { type MadeProgram, makingStatements } from './made-programs.ts';
import { packStatements } from './packets.ts';
import { grantableAgain, grantsOn, readRoutineGrants } from './routine-grants.ts';
import { sequenceDefaults } from './sequence-defaults.ts';
import { type SideDatabases, takeLock } from './side-databases.ts';
import { move, settleSwap } from './swap-steps.ts';

/** For how long a lock is asked for at a time, in seconds: first, and then; between, a signal is heard. */
const [firstTry, nextTries] = [1, 3];
/** How long to wait for the server to end what it does for a connection that is lost, in seconds. */
const patienceSeconds = 30;

/** What is made behind the new tables. */
export interface Made {
  /** Statements of the server that set the database up. */
  readonly settings: readonly string[];
  /** In order. */
  readonly programs: readonly MadeProgram[];
  /** Statements of programs behind which the server takes no other one in the same packet. */
  readonly standingLast: ReadonlySet<string>;
}

export interface Swap {
  readonly target: string;
  readonly side: SideDatabases;
  /** Whether what the target holds may be put aside. */
  readonly replace: boolean;
  readonly made: Made;
  /** How long to wait for each lock that others hold. */
  readonly lockSeconds: number;
  /** Ends the wait for what others do with the tables; what has begun then goes on to its end. */
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
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
  await awaitServer(session, swap.lockSeconds);
  const note = await noteWhatIsNeeded(session, swap, old);
  const moves = [
    ...tablesOf(old).map((name) => move(target, side.old, name)),
    ...note.tables.map((name) => move(side.fresh, target, name)),
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
    ...note.new,
    `RENAME TABLE ${phaseStep(side.fresh, 'done', 'finished')}`,
  ];
  const [row] = await session.query('SELECT @@max_allowed_packet AS most');
  const most = Number(row?.['most']);
  const longest = Math.max(...[...statements, ...note.old].map((sql) => Buffer.byteLength(sql)));
  if (longest >= most) {
    await noteUndone(session, side.fresh);
    throw tooLong(longest, most);
  }
  const packets = packStatements(statements, most, (sql) => swap.made.standingLast.has(sql));
  await lockTables(session, swap, tablesOf(old));
  try {
    for (const packet of packets) await session.run(packet);
  } catch (error) {
    await settleFailure(error, session, swap);
    return;
  }
  try {
    await session.run(schemaSettings);
  } catch {
    // A connection that is lost now: the new is in place.
  }
}

/** Notes how to undo and how to finish the swap, and makes room for the old tables. Returns what is noted. */
async function noteWhatIsNeeded(
  session: Session,
  { target, side, made, warn }: Swap,
  contents: readonly Content[],
): Promise<Pick<LoadNote, 'old' | 'new' | 'tables'>> {
  const { settings, programs } = await readOldPrograms(session, target, contents);
  const grants = await grantableAgain(session, (await readRoutineGrants(session, target)) ?? [], warn);
  const fresh = await readContents(session, side.fresh);
  // Only tables can move: what was made to try it goes.
  for (const { kind, name } of fresh) {
    if (kind === 'TRIGGER') await session.run(`DROP TRIGGER ${quoteName(side.fresh)}.${quoteName(name)}`);
  }
  const note = {
    // Programs are made under the settings of their database, and may be made under others, which are taken back.
    old: [...settings, ...makingStatements(programs, grantsOn(contents, grants)), ...settings],
    new: [
      ...(await sequenceDefaults(session, side.fresh, target)),
      ...made.settings,
      ...makingStatements(made.programs, grantsOn(fresh, grants)),
      ...made.settings,
    ],
    tables: tablesOf(fresh).filter((name) => !isNoteTable(name)),
  };
  await session.run(`CREATE DATABASE ${quoteName(side.old)}`);
  await noteSwap(session, side.fresh, note);
  return note;
}

/** Waits until nobody is in the way, before anything is touched. */
async function lockTables(session: Session, swap: Swap, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  const { target, side, lockSeconds, signal, warn } = swap;
  const locks = tables.map((name) => `${quoteName(target)}.${quoteName(name)} WRITE`);
  for (let waited = 0; ;) {
    const seconds = Math.min(waited === 0 ? firstTry : nextTries, lockSeconds - waited);
    try {
      await tryToLock(session, locks, seconds);
      break;
    } catch (error) {
      if (!isServerError(error)) throw error;
      // A table that cannot be opened can be renamed all the same.
      if (!isLockError(error)) break;
      const blocked = await blockedFailure(session, target, error);
      if (waited === 0 && seconds < lockSeconds) {
        warn(
          `The new is put in place when others are done, or not at all after ${lockSeconds} seconds. ${blocked.message}`,
        );
      }
      waited += seconds;
      if (waited < lockSeconds && !signal.aborted) continue;
      await noteUndone(session, side.fresh);
      signal.throwIfAborted();
      throw blocked;
    }
  }
  await session.run(patienceSettings(lockSeconds));
}

/**
 * Locks tables for the session. InnoDB asks for locks of its own only without autocommit, until the next commit: MariaDB has no
 * others of what a prepared XA transaction has changed, and RENAME TABLE would wait for them.
 */
async function tryToLock(session: Session, locks: readonly string[], seconds: number): Promise<void> {
  await session.run(`${patienceSettings(seconds)}, autocommit = 0, innodb_table_locks = 1`);
  try {
    await session.run(`LOCK TABLES ${locks.join(', ')}`);
  } finally {
    await session.run('SET SESSION autocommit = 1');
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
    if ((await settleSwap(probe, side, () => undefined)) === 'committed') return;
  } catch (failure) {
    const cause = isLockError(failure) ? await blockedFailure(probe, target, failure) : failure;
    throw outcomeUnknown(target, side, cause);
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

function tooLong(longest: number, most: number): HoldfastError {
  return new HoldfastError(
    'failed',
    `What puts the new in place takes a statement of ${longest} bytes, and the server takes ${most} (max_allowed_packet).`,
    { hint: 'Raise max_allowed_packet on the server, then try again. Nothing was changed.' },
  );
}

export function noLongerEmpty(target: string, found: readonly Content[]): HoldfastError {
  const some = found.slice(0, 5).map(({ kind, name }) => `${kind.toLowerCase()} ${printable(name)}`);
  return new HoldfastError(
    'failed',
    `The database ${printable(target)} is no longer empty: it holds ${some.join(', ')}.`,
    { hint: 'Somebody else uses it. Restore into a database of its own. Nothing was changed.' },
  );
}
