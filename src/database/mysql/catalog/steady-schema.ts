import { HoldfastError } from '../../../core/errors.ts';
import type { Session } from '../connection/session.ts';

const mostAttempts = 10;

/** What tells of a change in a view of information_schema, and the column that names the database. */
const WATCHED: readonly {
  readonly view: string;
  readonly database: string;
  readonly columns: readonly string[];
}[] = [
  { view: 'SCHEMATA', database: 'SCHEMA_NAME', columns: ['DEFAULT_COLLATION_NAME'] },
  {
    view: 'TABLES',
    database: 'TABLE_SCHEMA',
    columns: [
      'TABLE_NAME',
      'TABLE_TYPE',
      'ENGINE',
      'CREATE_TIME',
      'TABLE_COLLATION',
      'CREATE_OPTIONS',
      'TABLE_COMMENT',
    ],
  },
  {
    view: 'COLUMNS',
    database: 'TABLE_SCHEMA',
    columns: [
      'TABLE_NAME',
      'COLUMN_NAME',
      'ORDINAL_POSITION',
      'COLUMN_TYPE',
      'COLLATION_NAME',
      'IS_NULLABLE',
      'COLUMN_DEFAULT',
      'EXTRA',
      'COLUMN_COMMENT',
    ],
  },
  {
    view: 'STATISTICS',
    database: 'TABLE_SCHEMA',
    columns: [
      'TABLE_NAME',
      'INDEX_NAME',
      'SEQ_IN_INDEX',
      'COLUMN_NAME',
      'SUB_PART',
      'INDEX_TYPE',
      'INDEX_COMMENT',
    ],
  },
  {
    view: 'KEY_COLUMN_USAGE',
    database: 'TABLE_SCHEMA',
    columns: [
      'TABLE_NAME',
      'CONSTRAINT_NAME',
      'COLUMN_NAME',
      'REFERENCED_TABLE_NAME',
      'REFERENCED_COLUMN_NAME',
    ],
  },
  {
    view: 'VIEWS',
    database: 'TABLE_SCHEMA',
    columns: ['TABLE_NAME', 'VIEW_DEFINITION', 'CHECK_OPTION', 'DEFINER', 'SECURITY_TYPE'],
  },
  {
    view: 'ROUTINES',
    database: 'ROUTINE_SCHEMA',
    columns: [
      'ROUTINE_TYPE',
      'ROUTINE_NAME',
      'LAST_ALTERED',
      'ROUTINE_DEFINITION',
      'ROUTINE_COMMENT',
      'DEFINER',
    ],
  },
  {
    view: 'TRIGGERS',
    database: 'TRIGGER_SCHEMA',
    columns: ['TRIGGER_NAME', 'EVENT_OBJECT_TABLE', 'ACTION_ORDER', 'CREATED', 'ACTION_STATEMENT', 'DEFINER'],
  },
  {
    view: 'EVENTS',
    database: 'EVENT_SCHEMA',
    columns: [
      'EVENT_NAME',
      'LAST_ALTERED',
      'STATUS',
      'EVENT_DEFINITION',
      'INTERVAL_VALUE',
      'STARTS',
      'ENDS',
      'EXECUTE_AT',
    ],
  },
];

/**
 * Reads a schema that nobody changes meanwhile: definitions are always the newest, whatever snapshot a session has. When one
 * was changed, `begin` and `read` are run again.
 *
 * @param begin takes the snapshot that the rows are read from
 * @throws HoldfastError `failed` when the schema keeps changing; what `read` throws when it does not
 */
export async function readSteadily<Schema>(
  session: Session,
  { begin, read }: { begin(): Promise<void>; read(): Promise<Schema> },
): Promise<Schema> {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    await begin();
    const before = await schemaState(session);
    const result = await read().then(
      (schema) => () => schema,
      (error: unknown) => () => {
        throw error;
      },
    );
    if (before === (await schemaState(session))) return result();
  }
  throw new HoldfastError('failed', `The schema of ${session.database} keeps changing while it is read.`, {
    hint: 'Try again when no objects are being made, changed or dropped.',
  });
}

/** A text that differs when any definition in the session's database was added, changed or dropped. */
async function schemaState(session: Session): Promise<string> {
  const states: string[] = [];
  for (const { view, database, columns } of WATCHED) {
    const values = columns.map((column) => `COALESCE(HEX(${column}), '-')`);
    const [row] = await session.query(`
      SELECT COUNT(*) AS rows_, COALESCE(SUM(CRC32(CONCAT_WS(' ', ${values.join(', ')}))), 0) AS sum_
      FROM information_schema.${view} WHERE ${database} = DATABASE()`);
    states.push(`${view} ${row?.['rows_']} ${row?.['sum_']}`);
  }
  return states.join(', ');
}
