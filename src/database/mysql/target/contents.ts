import type { DatabaseSize } from '../../engine.ts';
import { quoteName } from '../columns.ts';
import type { Row, Session } from '../connection/session.ts';
import { quoteText } from '../catalog/literals.ts';

/** Something that a database holds, with what it is: TABLE, VIEW, SEQUENCE, FUNCTION, PROCEDURE, PACKAGE, PACKAGE BODY, TRIGGER, EVENT. */
export interface Content {
  readonly kind: string;
  readonly name: string;
}

/** Everything in a database that the account may see, programs before tables. */
export async function readContents(session: Session, database: string): Promise<Content[]> {
  const at = quoteText(database);
  const rows = await session.query(
    `SELECT 'TRIGGER' AS kind, TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ${at}
    UNION ALL SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ${at}
    UNION ALL SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ${at}
    UNION ALL SELECT CASE TABLE_TYPE WHEN 'VIEW' THEN 'VIEW' WHEN 'SEQUENCE' THEN 'SEQUENCE' ELSE 'TABLE' END, TABLE_NAME
      FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${at} AND TABLE_TYPE NOT LIKE '%TEMPORARY%'`,
  );
  return [...rows, ...(await readLibraries(session, at))].map(({ kind, name }) => ({
    kind: kind ?? '',
    name: name ?? '',
  }));
}

async function readLibraries(session: Session, at: string): Promise<Row[]> {
  if (session.server.flavor !== 'mysql' || session.server.number < 90200) return [];
  return session.query(
    `SELECT 'LIBRARY' AS kind, LIBRARY_NAME AS name FROM information_schema.LIBRARIES WHERE LIBRARY_SCHEMA = ${at}`,
  );
}

/** What RENAME TABLE moves. */
export function tablesOf(contents: readonly Content[]): string[] {
  return contents.filter(({ kind }) => ['TABLE', 'SEQUENCE'].includes(kind)).map(({ name }) => name);
}

/** The statements that remove from the default database what is no table: a package takes its body along. */
export function dropPrograms(contents: readonly Content[]): string[] {
  return contents
    .filter(({ kind }) => !['TABLE', 'SEQUENCE', 'PACKAGE BODY'].includes(kind))
    .map(({ kind, name }) => `DROP ${kind} IF EXISTS ${quoteName(name)}`);
}

/** How much a database holds, as the server last estimated it. */
export async function measureContents(session: Session, database: string): Promise<DatabaseSize> {
  const [row] = await session.query(
    `SELECT COUNT(*) AS tables, CAST(COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) AS UNSIGNED) AS bytes
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteText(database)} AND TABLE_TYPE NOT IN ('VIEW', 'SEQUENCE')`,
  );
  return { tables: Number(row?.['tables']), bytes: Number(row?.['bytes']) };
}
