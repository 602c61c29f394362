import { bytesOf } from '../../../core/byte-text.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { SourcePart } from '../../engine.ts';
import type { TableRows } from '../catalog/tables/tables.ts';
import { quoteName } from '../columns.ts';
import { isServerError, serverMessage } from '../connection/failure.ts';
import type { RowCursor } from '../connection/session.ts';
import { BOUNDS_COLLATION } from '../partition-bounds.ts';
import { cutParts } from './cut-parts.ts';
import { introducedForms, literalForms } from './literals.ts';
import { RowText } from './row-text.ts';
import { type KeyRange, keyRanges, rangeClauses } from './slices.ts';
import type { Snapshot } from './snapshot.ts';

/** A table as its rows are read. */
export interface ReadTable {
  readonly name: string;
  readonly rows: TableRows;
}

/**
 * The rows of one table, or of a range of it, on one connection of the snapshot, as SQL, cut into parts.
 * @param onStatement told of the largest statement, in bytes, when the table has been read
 * @throws HoldfastError `failed` naming the table
 */
export async function* readParts(
  snapshot: Snapshot,
  table: ReadTable,
  partBytes: number,
  onStatement: (bytes: number) => void,
  range: KeyRange | null = null,
): AsyncGenerator<SourcePart, void, void> {
  const session = await snapshot.acquire(table.name).catch((error: unknown) => {
    throw cannotRead(error, table.name);
  });
  let isDone = false;
  let cursor: RowCursor | undefined;
  try {
    const known = table.rows.introduced ? introducedForms : literalForms;
    const forms = columnsOf(table).map(({ literal }) => known[literal]);
    const text = new RowText(insertHead(table), forms, partBytes);
    const explained = (error: unknown): never => {
      throw cannotRead(error, table.name);
    };
    const opened = await session.read(selectRows(table, range), text).catch(explained);
    cursor = opened;
    yield* cutParts(() => opened.advance().catch(explained), text);
    onStatement(text.largestStatement);
    isDone = true;
  } finally {
    cursor?.close();
    if (!isDone) snapshot.discard(session);
  }
  await snapshot.release(session);
}

/**
 * Cuts a table into ranges that can be read at a time; none where it is small, or cannot be cut.
 * @param sliceBytes about how much each is to have
 * @throws HoldfastError `failed` naming the table
 */
export async function readRanges(
  snapshot: Snapshot,
  table: ReadTable & { readonly storageEngine: string; readonly estimatedBytes: number },
  sliceBytes: number,
): Promise<KeyRange[]> {
  // Rows of the past have the keys of others, and only InnoDB's are in the order of a key.
  if (table.rows.rowEnd !== null || table.storageEngine !== 'InnoDB') return [];
  if (table.estimatedBytes < 2 * sliceBytes) return [];
  const session = await snapshot.acquire(table.name).catch((error: unknown) => {
    throw cannotRead(error, table.name);
  });
  let isDone = false;
  try {
    const ranges = await keyRanges(session, table, sliceBytes);
    isDone = true;
    return ranges;
  } finally {
    if (isDone) await snapshot.release(session);
    else snapshot.discard(session);
  }
}

/** The columns of a table of which the server computes all: one that stands for nothing. */
const NO_COLUMNS: TableRows['columns'] = [{ name: '', select: "''", literal: 'bare', lenient: false }];

function columnsOf({ rows }: ReadTable): TableRows['columns'] {
  return rows.columns.length === 0 ? NO_COLUMNS : rows.columns;
}

/** Without an index the rows come in the order of the primary key, which an index that has all columns would break. */
function selectRows(table: ReadTable, range: KeyRange | null): string {
  const columns = columnsOf(table).map(({ select }) => select);
  const which = range === null ? 'USE INDEX ()' : rangeClauses(range);
  return `SELECT ${columns.join(', ')} FROM ${table.rows.from} ${which}`;
}

/** What a statement begins with. */
function insertHead({ name, rows }: ReadTable): Buffer {
  const columns = rows.columns.map((column) => quoteName(column.name)).join(',');
  return bytesOf(`INSERT INTO ${quoteName(name)} (${columns}) VALUES\n`);
}

/** Marks of rows that also begin a line of what is no row, in names with line breaks: then rows could not be counted. */
export function refuseUncountable(table: ReadTable): void {
  if (!/\n[ ,]/.test(insertHead(table).toString('latin1'))) return;
  throw new HoldfastError(
    'failed',
    `The rows of table ${printable(table.name)} cannot be backed up: its name, or a column's, has a line break before a space or a comma.`,
    { hint: 'Rename it, or leave its rows out with --exclude-table-data.' },
  );
}

const hints: ReadonlyMap<number, string> = new Map([
  [1412, 'Something changed the table while it was backed up. Try again.'],
  [1142, 'GRANT SELECT on it to the account, or leave the table out with --exclude-table.'],
  [1143, 'GRANT SELECT on the whole table to the account, or leave the table out with --exclude-table.'],
  [1317, 'An administrator, or a limit of the server, ended the query. Try again.'],
  [1194, 'REPAIR TABLE it, or leave its rows out with --exclude-table-data.'],
  [1030, 'Check the storage engine and the server, or leave its rows out with --exclude-table-data.'],
]);

/** The failure of a backup that cannot read a table's rows, for a server's error. */
export function cannotRead(error: unknown, table: string): unknown {
  if (!isServerError(error)) return error;
  const hint = hints.get(error.code);
  return new HoldfastError(
    'failed',
    `Cannot read the rows of table ${printable(table)}: ${serverMessage(error)}`,
    { ...(hint && { hint }), cause: error },
  );
}

/**
 * What the server's own client has to run before the rows. Strict mode refuses what a column cannot hold, but also values that
 * some columns do have.
 */
export function loadStatements({ rows }: ReadTable): string {
  const isLenient = rows.columns.some(({ lenient }) => lenient);
  const modes = [...(isLenient ? [] : ['STRICT_ALL_TABLES']), 'NO_AUTO_VALUE_ON_ZERO', 'ALLOW_INVALID_DATES'];
  return [
    'SET NAMES binary;',
    ...(rows.introduced ? [`SET collation_connection = ${BOUNDS_COLLATION};`] : []),
    `SET time_zone = '+00:00', sql_mode = '${modes.join(',')}', foreign_key_checks = 0, unique_checks = 0;`,
    // Settings of MariaDB since the version; MySQL's numbers are smaller.
    '/*!100201 SET check_constraint_checks = 0 */;',
    ...(rows.rowEnd !== null ? ['/*!101100 SET system_versioning_insert_history = 1 */;'] : []),
  ].join('\n');
}
