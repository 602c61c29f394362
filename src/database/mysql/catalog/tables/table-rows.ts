import { printable } from '../../../../core/printable.ts';
import { type ColumnRows, columnRows, quoteName } from '../../columns.ts';
import type { ServerVersion } from '../../connection/server.ts';
import { hasLettersInBounds } from '../../partition-bounds.ts';
import type { ReadTable } from './read-table.ts';
import { writeTableText } from './show-create-table.ts';
import type { TableColumn } from './table-columns.ts';
import type { TableObject } from './table-object.ts';

/** Engines whose rows are in other tables, files or servers, or nowhere, each with where. */
const ENGINES_WITHOUT_ROWS: ReadonlyMap<string, string> = new Map([
  ['MRG_MYISAM', 'in other tables'],
  ['FEDERATED', 'on another server'],
  ['SPIDER', 'on other servers'],
  ['CONNECT', 'in other places'],
  ['OQGRAPH', 'in another table'],
  ['SPHINX', 'on another server'],
  ['S3', 'in S3'],
  ['BLACKHOLE', ''],
]);

/** What says until when a row is current in a table that names no such column. */
export const HIDDEN_ROW_END = 'row_end';

/** How the rows of a table are read, and what of them is not in a backup. */
export function readRows(
  table: ReadTable,
  server: ServerVersion,
  isVersioned: boolean,
): Pick<TableObject, 'rows' | 'warnings'> {
  const { name, storageEngine } = table.listed;
  const from = quoteName(name);
  const shown = printable(name);
  const elsewhere = ENGINES_WITHOUT_ROWS.get(storageEngine.toUpperCase());
  if (elsewhere !== undefined) {
    const warning = `The rows of table ${shown} are ${elsewhere} (storage engine ${storageEngine}): the backup has its definition alone.`;
    return { rows: null, warnings: elsewhere === '' ? [] : [warning] };
  }
  const columns = table.columns.filter(({ generated }) => !generated).map(columnRows);
  const introduced = hasLettersInBounds(writeTableText(table.text));
  const current = { columns, from, introduced, rowEnd: null };
  if (!isVersioned) return { rows: current, warnings: [] };
  const why = withoutHistory(table.columns, server);
  if (why !== null) {
    const warning = `The history of table ${shown} is not in the backup, its current rows are: ${why}.`;
    return { rows: current, warnings: [warning] };
  }
  const named = table.columns.filter(({ rowTime }) => rowTime !== null).map(columnRows);
  const times = named.length > 0 ? named : hiddenRowTimes();
  const rowEnd = table.columns.find(({ rowTime }) => rowTime === 'end')?.name ?? HIDDEN_ROW_END;
  return {
    rows: { ...current, columns: [...columns, ...times], from: `${from} FOR SYSTEM_TIME ALL`, rowEnd },
    warnings: [],
  };
}

/** Why the past rows of a table with system versioning could not be stored again; null where they can. */
function withoutHistory(columns: readonly TableColumn[], server: ServerVersion): string | null {
  if (columns.some(({ rowTime, type }) => rowTime !== null && type === 'bigint')) {
    return 'its versions are numbers of transactions, which only the server gives';
  }
  if (server.number < 101100) return 'MariaDB can store past rows again from version 10.11 on';
  return null;
}

/** The columns that a table has whose versioning was declared without naming any. */
function hiddenRowTimes(): ColumnRows[] {
  return ['row_start', HIDDEN_ROW_END].map((name) =>
    columnRows({ name, type: 'timestamp', labels: [], digits: [] }),
  );
}
