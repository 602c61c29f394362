import type { DatabaseSize } from '../../engine.ts';
import { quoteName } from '../columns.ts';
import type { Row, Session } from '../connection/session.ts';
import { quoteText } from '../catalog/literals.ts';
import { schemaSettings } from './load/connections.ts';

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
    .flatMap(({ kind, name }) => aboutProgram(kind, `DROP ${kind} IF EXISTS ${quoteName(name)}`));
}

/**
 * A statement about a program of this kind, as every server reads it: older ones of MariaDB, such as 10.11, know the word PACKAGE in Oracle's
 * mode alone. Leaves a session set for statements of a schema.
 */
export function aboutProgram(kind: string, sql: string): string[] {
  return kind.startsWith('PACKAGE') ? ["SET SESSION sql_mode = 'ORACLE'", sql, schemaSettings] : [sql];
}

/** How much a database holds, as the server last estimated it. */
export async function measureContents(session: Session, database: string): Promise<DatabaseSize> {
  const [row] = await session.query(
    `SELECT COUNT(*) AS tables, CAST(COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) AS UNSIGNED) AS bytes
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteText(database)} AND TABLE_TYPE NOT IN ('VIEW', 'SEQUENCE')`,
  );
  return { tables: Number(row?.['tables']), bytes: Number(row?.['bytes']) };
}
