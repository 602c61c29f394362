import type { Session } from '../../connection/session.ts';
import { readingBytes } from './client-charset.ts';
import { readDatabaseDefaults } from '../database-defaults.ts';
import { quoteText } from '../literals.ts';
import type { ProgramObject } from './program.ts';
import { LOST_VIEW_KIND, readViews } from './views.ts';

/** Views of the session's default database that no server makes again: see `LOST_VIEW_KIND`. */
export async function findLostViews(session: Session, database: string): Promise<string[]> {
  const { collation } = await readDatabaseDefaults(session);
  const rows = await session.query(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteText(database)}
    AND TABLE_TYPE NOT LIKE '%VIEW'`,
  );
  const relations = new Set(rows.map(({ name }) => name ?? ''));
  const routines = await session.query(
    `SELECT ROUTINE_NAME AS name FROM information_schema.ROUTINES
    WHERE ROUTINE_SCHEMA = ${quoteText(database)} AND ROUTINE_TYPE = 'FUNCTION'`,
  );
  const functions = routines.map(({ name }) => name ?? '');
  const views = await readingBytes(session, () =>
    readViews(session, { database, collation, relations, functions }),
  );
  return views.filter(isLost).map(({ name }) => name);
}

/** Whether a program is such a view. */
export function isLost({ postData }: ProgramObject): boolean {
  return postData.some(({ kind }) => kind === LOST_VIEW_KIND);
}
