import type { DatabaseSync } from 'node:sqlite';
import { rowsOf } from './connection.ts';

export interface Table {
  readonly name: string;
  readonly type: 'table' | 'virtual' | 'shadow' | 'view';
}

/** Lists all tables and views of a file, but SQLite's own: rows of `Table`. */
export const TABLES = `SELECT name, type FROM pragma_table_list
  WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`;

export function tablesOf(db: DatabaseSync): Table[] {
  return rowsOf<Table>(db, TABLES);
}
