import { escapeId } from 'mysql2';
import type { MysqlServer } from '../../servers/mysql.ts';

/** The columns that tell which database a row is about, in the order of preference. */
const SCHEMA_COLUMNS = [
  'TABLE_SCHEMA',
  'ROUTINE_SCHEMA',
  'SPECIFIC_SCHEMA',
  'EVENT_SCHEMA',
  'TRIGGER_SCHEMA',
  'VIEW_SCHEMA',
  'CONSTRAINT_SCHEMA',
  'SEQUENCE_SCHEMA',
  'SCHEMA_NAME',
  'F_TABLE_SCHEMA',
];

/** Views about the server and its accounts, and estimates for the planner. */
const OTHER_VIEWS =
  /PRIVILEGES|^INNODB_|^(COLUMN|TABLE|INDEX|USER|CLIENT)_STATISTICS$|^(FILES|ENABLED_ROLES|APPLICABLE_ROLES|ADMINISTRABLE.*)$/;

/** Times at which something was done, and estimates. */
const VOLATILE = new Set([
  // The dump has it; here MySQL also tells of counters of its own.
  'AUTO_INCREMENT',
  'AVG_ROW_LENGTH',
  'CARDINALITY',
  'CHECK_TIME',
  'CREATED',
  'CREATE_TIME',
  'DATA_FREE',
  'DATA_LENGTH',
  // SHOW CREATE TABLE prints it, in the dump. Here MySQL writes its letters in the character set of whoever made the table.
  'GENERATION_EXPRESSION',
  'INDEX_LENGTH',
  'LAST_ALTERED',
  'LAST_EXECUTED',
  'MAX_DATA_LENGTH',
  'MAX_INDEX_LENGTH',
  'TABLE_ROWS',
  'UPDATE_TIME',
]);

/**
 * All rows of information_schema about a database, as JSON texts, by the name of their view.
 * @param anonymous replaces the name of the database in a text
 */
export async function informationSchema(
  server: MysqlServer,
  database: string,
  anonymous: (text: string) => string,
): Promise<Record<string, string[]>> {
  const columns = await server.query<{ view: string; name: string }>(
    database,
    `SELECT TABLE_NAME AS view, COLUMN_NAME AS name FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = 'information_schema' ORDER BY 1, ORDINAL_POSITION`,
  );
  const views = await server.query<{ name: string }>(
    database,
    'SELECT TABLE_NAME AS name FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?',
    [database],
  );
  const rows: Record<string, string[]> = {};
  for (const view of new Set(columns.map((column) => column.view))) {
    const names = columns.filter((column) => column.view === view).map(({ name }) => name.toUpperCase());
    const schema = SCHEMA_COLUMNS.find((name) => names.includes(name));
    if (schema === undefined || OTHER_VIEWS.test(view)) continue;
    const kept = names.filter((name) => !VOLATILE.has(name)).map((name) => escapeId(name));
    // MySQL keeps its estimates for a day unless told otherwise.
    const found = await server.query(
      database,
      `${server.flavor === 'mysql' ? 'SET information_schema_stats_expiry = 0;' : ''}
      SELECT ${kept.join(', ')} FROM information_schema.${escapeId(view)} WHERE ${escapeId(schema)} = ?`,
      [database],
    );
    rows[view] = found.map((row) => anonymous(JSON.stringify(withoutDerived(row, views)))).toSorted();
  }
  return rows;
}

/**
 * Of a view's columns their names: the types that MySQL tells depend on the session in which the view was made (sql_mode,
 * group_concat_max_len), and those of a query on the session that asks.
 */
function withoutDerived(
  row: Record<string, unknown>,
  views: readonly { readonly name: string }[],
): Record<string, unknown> {
  const { TABLE_NAME: table, COLUMN_NAME: column, ORDINAL_POSITION: place } = row;
  if (place === undefined || !('COLUMN_DEFAULT' in row)) return row;
  return views.some(({ name }) => name === table) ? { table, column, place } : row;
}
