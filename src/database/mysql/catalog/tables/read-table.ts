import { type ForeignKey, readForeignKeys } from './foreign-keys.ts';
import { readTableText, type TableText } from './show-create-table.ts';
import { readColumns, type TableColumn } from './table-columns.ts';
import type { ListedTable } from './table-object.ts';

/** A table as its CREATE statement describes it. */
export interface ReadTable {
  readonly listed: ListedTable;
  readonly text: TableText;
  readonly columns: readonly TableColumn[];
  readonly foreignKeys: readonly ForeignKey[];
  /** What a restore of it lacks, for people. */
  readonly warnings: readonly string[];
}

/** Takes a table's definition apart. */
export function parseTable(listed: ListedTable, sql: string): ReadTable {
  const text = readTableText(sql);
  return {
    listed,
    text,
    columns: readColumns(text.elements),
    foreignKeys: readForeignKeys(text),
    warnings: [],
  };
}
