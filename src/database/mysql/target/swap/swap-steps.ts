import { HoldfastError } from '../../../../core/errors.ts';
import type { Outcome } from '../../../engine.ts';
import { quoteName } from '../../columns.ts';
import { isServerError, type ServerError, serverMessage } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { isLockError, patienceSettings } from './blockers.ts';
import { schemaSettings } from '../load/connections.ts';
import { dropPrograms, readContents, tablesOf } from '../contents.ts';
import { type LoadNote, noteUndone, phaseStep, readNote, readPhase } from './load-note.ts';
import type { SideDatabases } from './side-databases.ts';
import { removeStandIns } from '../load/trial.ts';

const tableExists = 1050;
/** Of a view, a routine, a trigger and an event. */
const programExists: readonly number[] = [tableExists, 1304, 1359, 1537];
/** For locks that applications hold on what has to be put back, in seconds: giving up leaves it undone. */
const lockPatienceSeconds = 300;

/**
 * Brings a swap that stopped in its middle to an end: the new database gets its programs, or, where the server does not make
 * them, and before the new tables are in place, the old is as it was. May itself be cut off and called again.
 * @param warn is told why what was in place did not stay there
 */
export async function settleSwap(
  session: Session,
  side: SideDatabases,
  warn: (message: string) => void,
): Promise<Outcome> {
  const phase = await readPhase(session, side.fresh);
  if (phase === 'finished') return 'committed';
  if (phase !== 'pending' && phase !== 'done') return 'rolled back';
  await session.run('UNLOCK TABLES');
  await session.run(patienceSettings(lockPatienceSeconds));
  const note = await noteOf(session, side.fresh);
  if (phase === 'done') {
    try {
      await removeAllPrograms(session, note.target);
      await makePrograms(session, note.new, warn);
      await session.run(`RENAME TABLE ${phaseStep(side.fresh, 'done', 'finished')}`);
      return 'committed';
    } catch (error) {
      if (!isServerError(error)) throw error;
      warn(`The new is taken back, for the server does not make all of it: ${serverMessage(error)}`);
      await moveBack(session, side, note);
    }
  }
  // What the server refuses to remove is still there: all programs are old ones here.
  const refused = await removePrograms(session, note.target);
  await makePrograms(session, note.old, warn, refused === null ? [] : programExists);
  await noteUndone(session, side.fresh);
  return 'rolled back';
}

/** Puts the old tables in the place of the new ones again, in one step. */
async function moveBack(session: Session, { fresh, old }: SideDatabases, note: LoadNote): Promise<void> {
  await removeAllPrograms(session, note.target);
  // An attempt that was cut off may have left what a broken view needs for a moment.
  await removeStandIns(session, note.new);
  const isNew = new Set(note.tables);
  const there = tablesOf(await readContents(session, note.target));
  const moves = [
    // What others have made meanwhile stays.
    ...there.filter((name) => isNew.has(name)).map((name) => move(note.target, fresh, name)),
    ...tablesOf(await readContents(session, old)).map((name) => move(old, note.target, name)),
    phaseStep(fresh, 'done', 'pending'),
  ];
  await session.run(`RENAME TABLE ${moves.join(', ')}`);
}

async function noteOf(session: Session, fresh: string): Promise<LoadNote> {
  const note = await readNote(session, fresh);
  if (note !== null) return note;
  throw new HoldfastError('failed', `The database ${fresh} does not say any more which load it is of.`);
}

/** Removes the programs of a database, as many as the server lets go of. Returns the first refusal. */
async function removePrograms(session: Session, database: string): Promise<ServerError | null> {
  await session.run(schemaSettings);
  await session.run(`USE ${quoteName(database)}`);
  let refused: ServerError | null = null;
  for (const sql of dropPrograms(await readContents(session, database))) {
    try {
      await session.run(sql);
    } catch (error) {
      if (!isServerError(error) || isLockError(error)) throw error;
      refused ??= error;
    }
  }
  return refused;
}

async function removeAllPrograms(session: Session, database: string): Promise<void> {
  const refused = await removePrograms(session, database);
  if (refused !== null) throw refused;
}

/** Makes the programs of the default database. */
async function makePrograms(
  session: Session,
  statements: readonly string[],
  warn: (message: string) => void,
  passedOver: readonly number[] = [],
): Promise<void> {
  for (const sql of statements) await runAgain(session, sql, warn, passedOver);
  await session.run(schemaSettings);
}

async function runAgain(
  session: Session,
  sql: string,
  warn: (message: string) => void,
  passedOver: readonly number[],
): Promise<void> {
  try {
    await session.run(sql);
  } catch (error) {
    if (!isServerError(error)) throw error;
    if (passedOver.includes(error.code)) return;
    // An account may be gone meanwhile, or may not grant who could before.
    if (sql.startsWith('GRANT ')) warn(`${sql} failed: ${serverMessage(error)}`);
    // A table that stands in for one that a broken view lacks may be there from an attempt that was cut off.
    else if (error.code !== tableExists || !sql.startsWith('CREATE TABLE ')) throw error;
  }
}

/** For RENAME TABLE. */
export function move(from: string, to: string, name: string): string {
  return `${quoteName(from)}.${quoteName(name)} TO ${quoteName(to)}.${quoteName(name)}`;
}
