import type { Row, Session } from '../../connection/session.ts';
import { quoteName } from '../../columns.ts';
import { objectId } from '../object.ts';
import {
  contextOf,
  type ProgramObject,
  readProgram,
  requireText,
  type Surroundings,
  withExactHeader,
} from './program.ts';

export interface Routine extends ProgramObject {
  /** Whether a function says what it does with data; true for all else. */
  readonly isDeclared: boolean;
}

/** In the order in which they can be made. */
const KINDS = ['LIBRARY', 'FUNCTION', 'PROCEDURE', 'PACKAGE', 'PACKAGE BODY'] as const;
type Kind = (typeof KINDS)[number];

/** How SHOW CREATE names the column with the statement. */
const COLUMNS: Readonly<Record<Kind, string>> = {
  LIBRARY: 'Create Library',
  FUNCTION: 'Create Function',
  PROCEDURE: 'Create Procedure',
  PACKAGE: 'Create Package',
  'PACKAGE BODY': 'Create Package Body',
};

/**
 * Reads functions, procedures, packages and libraries.
 */
export async function readRoutines(session: Session, surroundings: Surroundings): Promise<Routine[]> {
  const rows = await session.query(`
    SELECT ROUTINE_TYPE AS kind, ROUTINE_NAME AS name, ROUTINE_COMMENT AS comment,
      IS_DETERMINISTIC = 'YES' OR SQL_DATA_ACCESS IN ('NO SQL', 'READS SQL DATA') AS declared
    FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()`);
  rows.push(...(await libraryRows(session)));
  const rank = (row: Row) => KINDS.indexOf(row['kind'] as Kind);
  const sorted = rows
    .filter((row) => rank(row) !== -1)
    .toSorted((a, b) => rank(a) - rank(b) || (a['name']! < b['name']! ? -1 : 1));
  const libraries = await readLibraryUses(session);
  const routines: Routine[] = [];
  for (const row of sorted) routines.push(await readRoutine(session, row, libraries, surroundings));
  return routines;
}

async function libraryRows(session: Session): Promise<Row[]> {
  if (!(await hasView(session, 'LIBRARIES'))) return [];
  return session.query(`
    SELECT 'LIBRARY' AS kind, LIBRARY_NAME AS name, LIBRARY_COMMENT AS comment, 1 AS declared
    FROM information_schema.LIBRARIES WHERE LIBRARY_SCHEMA = DATABASE()`);
}

/** The libraries of this database that routines use. */
async function readLibraryUses(session: Session): Promise<Map<string, string[]>> {
  const needs = new Map<string, string[]>();
  if (!(await hasView(session, 'ROUTINE_LIBRARIES'))) return needs;
  const rows = await session.query(`
    SELECT ROUTINE_TYPE AS kind, ROUTINE_NAME AS name, LIBRARY_NAME AS libraryName FROM information_schema.ROUTINE_LIBRARIES
    WHERE ROUTINE_SCHEMA = DATABASE() AND LIBRARY_SCHEMA = ROUTINE_SCHEMA`);
  for (const row of rows) {
    const id = objectId(row['kind'] ?? '', row['name'] ?? '');
    needs.set(id, [...(needs.get(id) ?? []), objectId('LIBRARY', row['libraryName'] ?? '')]);
  }
  return needs;
}

async function hasView(session: Session, name: string): Promise<boolean> {
  const rows = await session.query(`
    SELECT 1 AS found FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = '${name}'`);
  return rows.length > 0;
}

async function readRoutine(
  session: Session,
  { kind: anyKind, name: anyName, comment, declared }: Row,
  libraries: ReadonlyMap<string, readonly string[]>,
  surroundings: Surroundings,
): Promise<Routine> {
  const kind = anyKind as Kind;
  const name = anyName ?? '';
  const used = libraries.get(objectId(kind, name)) ?? [];
  const whole = kind === 'PACKAGE BODY' ? [objectId('PACKAGE', name)] : [];
  const program = await readProgram(
    { kind, name, table: null, needs: [...used, ...whole], partOf: whole },
    surroundings,
    async () => {
      const [row = {}] = await session.query(`SHOW CREATE ${kind} ${quoteName(name)}`);
      const context = contextOf(row);
      const shown = requireText(row[COLUMNS[kind]], `the ${kind.toLowerCase()} ${name}`, hintFor(session));
      const body = await withExactHeader(session, shown, context, {
        names: [{ before: `${kind} `, name }],
        comment: { before: '\n    COMMENT ', text: comment ?? '', after: '\n' },
      });
      return { context, body: used.length > 0 ? withoutDatabase(body, surroundings.database) : body };
    },
  );
  return { ...program, isDeclared: kind !== 'FUNCTION' || declared === '1' };
}

function hintFor({ server }: Session): string {
  return server.flavor === 'mysql'
    ? 'Grant it SHOW_ROUTINE on *.*.'
    : 'Grant it SELECT on mysql.proc, or SHOW CREATE ROUTINE on the database from MariaDB 11.3 on.';
}

/** MySQL prints a routine's libraries with the name of their database, even of the routine's own. */
function withoutDatabase(sql: string, database: string): string {
  const using = /\n {4}USING \((?:`(?:[^`]|``)*`|[^`)])*\)\n/;
  return sql.replace(using, (clause) => clause.replaceAll(`${quoteName(database)}.`, ''));
}
