import { printable } from '../../../../core/printable.ts';
import type { Reporter } from '../../../../core/reporter.ts';
import type { Engine, RecoveredLoad } from '../../../engine.ts';
import { resolveConnection } from '../../connection/config.ts';
import { connect } from '../../connection/connect.ts';
import { isServerError, serverMessage } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { readContents } from '../contents.ts';
import { stepFailure } from '../failures.ts';
import { isNoteTable, type LoadNote, readNote, readPhase } from '../swap/load-note.ts';
import {
  dropSideDatabases,
  findSideDatabases,
  lockOwner,
  releaseLock,
  type SideDatabases,
  takeLock,
} from '../swap/side-databases.ts';
import { outcomeOf, settleLoad } from './unfinished-load.ts';

/** How long what a server still does for a process that is gone may take, before it counts as that of one that is not. */
const patienceSeconds = 2;
/** `ER_DB_DROP_RMDIR`. */
const folderIsNotEmpty = 1010;

/**
 * Finishes or undoes the loads into a database that left side databases behind, and removes these.
 * @throws HoldfastError `failed` when it cannot be done (now)
 */
export async function recover(
  options: Parameters<Engine['recover']>[0],
  patience = patienceSeconds,
): Promise<readonly RecoveredLoad[]> {
  const session = await connect(await resolveConnection(options), options.signal);
  try {
    const found: RecoveredLoad[] = [];
    for (const side of await findSideDatabases(session)) {
      const load = await recoverOne(session, side, options, patience);
      if (load !== null) found.push(load);
    }
    return found;
  } catch (error) {
    throw isServerError(error) ? stepFailure(error, 'let unfinished restores be looked for') : error;
  } finally {
    await session.close();
  }
}

async function recoverOne(
  session: Session,
  side: SideDatabases,
  { dryRun, reporter }: Parameters<Engine['recover']>[0],
  patience: number,
): Promise<RecoveredLoad | null> {
  // A process holds it from before it makes the databases: they are nobody's when it is free.
  if (
    dryRun ? (await lockOwner(session, side.lock)) !== null : !(await takeLock(session, side.lock, patience))
  ) {
    reporter.detail(`${side.fresh} belongs to a restore that is on`);
    return null;
  }
  try {
    const phase = await readPhase(session, side.fresh);
    const note = phase === null ? null : await readNote(session, side.fresh);
    if (note === null) return await recoverEmpty(session, side, { dryRun, reporter });
    if (!(await isOf(session, note))) return null;
    const description = describe(note, side, outcomeOf(phase));
    if (dryRun) return { description, outcome: outcomeOf(phase) };
    const outcome = await settleLoad(session, { side, target: note.target, reporter });
    await remove(session, side, reporter);
    return { description, outcome };
  } finally {
    if (!dryRun) await releaseLock(session, side.lock);
  }
}

/** A load can be cut off before it noted what it is for; what holds nothing is no loss. */
async function recoverEmpty(
  session: Session,
  side: SideDatabases,
  { dryRun, reporter }: Pick<Parameters<Engine['recover']>[0], 'dryRun' | 'reporter'>,
): Promise<RecoveredLoad | null> {
  const contents = [...(await readContents(session, side.fresh)), ...(await readContents(session, side.old))];
  if (contents.some(({ name }) => !isNoteTable(name))) return null;
  if (!dryRun && !(await remove(session, side, reporter))) return null;
  return {
    description: `an empty database ${side.fresh} of a restore that was cut off`,
    outcome: 'rolled back',
  };
}

/** Removes the side databases of a load that is settled. What the server does not remove keeps nobody from restoring: it is told. */
async function remove(session: Session, side: SideDatabases, reporter: Reporter): Promise<boolean> {
  try {
    await dropSideDatabases(session, side);
    return true;
  } catch (error) {
    if (!isServerError(error)) throw error;
    const files =
      error.code === folderIsNotEmpty
        ? `In its folder of the server's data directory is something that is no table of the server's: take that out.`
        : 'Mend what the server says.';
    reporter.warning(
      `A database that a restore has left, and that holds nothing which is needed, is not removed: ${serverMessage(error)}. ${files} ` +
        `Then: DROP DATABASE IF EXISTS ${side.old}; DROP DATABASE IF EXISTS ${side.fresh};`,
    );
    return false;
  }
}

async function isOf(session: Session, { target }: LoadNote): Promise<boolean> {
  if (target === session.database) return true;
  const [row] = await session.query('SELECT @@lower_case_table_names AS folded');
  return row?.['folded'] !== '0' && target.toLowerCase() === session.database.toLowerCase();
}

function describe(
  { target, begun }: LoadNote,
  { fresh }: SideDatabases,
  outcome: RecoveredLoad['outcome'],
): string {
  const reached = outcome === 'committed' ? 'had put the new in place' : 'had not put the new in place';
  return `an unfinished load of database ${printable(target)}, begun ${printable(begun)}, that ${reached} (database ${fresh})`;
}
