import type { SourceTable } from '../../engine.ts';

/** Rows of an export. */
export interface SchemaTable extends Omit<SourceTable, 'loadStatement'> {
  /** What gives the rows, where they are not simply all of the table's own. */
  readonly query?: string;
  /** True when one COPY must load all rows: the table has foreign keys by then, which rows may satisfy for each other. */
  readonly isWhole?: boolean;
  /** How many pages it has, where the server can read some of them alone. */
  readonly pages?: number;
}

/** What is left out of an export by the names of tables. */
export interface TableExclusions {
  /** Exports only the tables, views and sequences for which it holds, with all that they need; without it, everything. */
  readonly selectTable?: ((schema: string, name: string) => boolean) | undefined;
  excludeTable(schema: string, name: string): boolean;
  excludeRows(schema: string, name: string): boolean;
}

/** The columns of a table `c` that COPY can read and write, all but the generated ones: JSON. */
export const COPIED_COLUMNS = `(
        SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')`;
