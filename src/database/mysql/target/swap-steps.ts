import { HoldfastError } from '../../../core/errors.ts';
import { quoteName } from '../columns.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { schemaSettings } from './connections.ts';
import { dropPrograms, readContents } from './contents.ts';
import { type LoadNote, noteUndone, phaseStep, readNote } from './load-note.ts';
import { grantAgain } from './routine-grants.ts';
import type { SideDatabases } from './side-databases.ts';

const tableExists = 1050;

/**
 * Undoes a swap that did not get to the new tables: the old database has its programs again.
 * May itself be cut off and called again.
 */
export async function undoSwap(session: Session, { fresh }: SideDatabases): Promise<void> {
  const note = await noteOf(session, fresh);
  await replacePrograms(session, note, note.old);
  await noteUndone(session, fresh);
}

/**
 * Finishes a swap whose new tables are in place: the new database has its programs. May itself be cut off and called again.
 */
export async function finishSwap(session: Session, { fresh }: SideDatabases): Promise<void> {
  const note = await noteOf(session, fresh);
  await replacePrograms(session, note, note.new);
  await session.run(`RENAME TABLE ${phaseStep(fresh, 'done', 'finished')}`);
}

async function noteOf(session: Session, fresh: string): Promise<LoadNote> {
  const note = await readNote(session, fresh);
  if (note !== null) return note;
  throw new HoldfastError('failed', `The database ${fresh} does not say any more which load it is of.`);
}

/** Gives a database these programs in place of those it has. */
async function replacePrograms(
  session: Session,
  { target: database, grants }: LoadNote,
  programs: readonly string[],
): Promise<void> {
  await session.run('UNLOCK TABLES');
  await session.run(schemaSettings);
  await session.run(`USE ${quoteName(database)}`);
  for (const sql of dropPrograms(await readContents(session, database))) await session.run(sql);
  for (const sql of programs) await runAgain(session, sql);
  await session.run(schemaSettings);
  await grantAgain(session, grants);
}

/** A table that stands in for one that a broken view lacks may be there from an attempt that was cut off. */
async function runAgain(session: Session, sql: string): Promise<void> {
  try {
    await session.run(sql);
  } catch (error) {
    const isThere = isServerError(error) && error.code === tableExists && sql.startsWith('CREATE TABLE ');
    if (!isThere) throw error;
  }
}
