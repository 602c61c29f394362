import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import { messageOf } from '../../../core/errors.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { TableContent } from '../../engine.ts';
import type { Violations } from '../facts.ts';
import { isUnknownToUs } from './errors.ts';
import { quoteName, quoteText, rowsOf, valueOf } from './connection.ts';

/** Of what is wrong so much is told. */
const MOST_TOLD = 10;

/** Rows that break their table's rules are no damage: rules can be added later, and be switched off. */
const BROKEN_RULE = /^(NULL value in|CHECK constraint failed in|\w+ value in|non-\w+ value in)/;

export interface Table {
  readonly name: string;
  readonly type: 'table' | 'virtual' | 'shadow' | 'view';
}

/** All tables and views of the file, but SQLite's own. */
export function tablesOf(db: DatabaseSync): Table[] {
  return rowsOf<Table>(
    db,
    `SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
  );
}

/**
 * Reads the whole file and finds it sound, as SQLite's integrity_check does. Tables whose definitions need something of an
 * application's own (a collation, a function, a module) are left out of that.
 * @returns notes: what could not be checked, and rows that break rules
 * @throws HoldfastError `failed` with what is wrong
 */
export async function checkIntegrity(db: DatabaseSync, name: string): Promise<string[]> {
  const notes: string[] = [];
  const found = integrityOf(db, '');
  if (found instanceof Error) {
    for (const table of tablesOf(db)) {
      if (table.type === 'view') continue;
      await breathe();
      const ofTable = integrityOf(db, table.name);
      if (ofTable instanceof Error)
        notes.push(`Table ${printable(table.name)} was not checked: ${messageOf(ofTable)}`);
      else notes.push(...judge(ofTable, name));
    }
    return notes;
  }
  return judge(found, name);
}

/** What SQLite says, or why it cannot. */
function integrityOf(db: DatabaseSync, table: string): string[] | Error {
  try {
    const sql = `PRAGMA integrity_check${table === '' ? '' : `(${quoteText(table)})`}`;
    return rowsOf<{ integrity_check: string }>(db, sql).map(({ integrity_check }) => integrity_check);
  } catch (error) {
    if (error instanceof Error && isUnknownToUs(error)) return error;
    throw error;
  }
}

function judge(found: readonly string[], name: string): string[] {
  const lines = found.filter((line) => line !== 'ok');
  const damage = lines.filter((line) => !BROKEN_RULE.test(line));
  if (damage.length > 0) {
    const told = damage.slice(0, MOST_TOLD).map((line) => `  ${printable(line)}`);
    throw new HoldfastError('failed', [`The database ${printable(name)} is damaged:`, ...told].join('\n'), {
      hint: 'Where only indexes are named, REINDEX mends it; else see what `sqlite3 FILE ".recover"` can save.',
    });
  }
  return lines
    .slice(0, MOST_TOLD)
    .map((line) => `Some rows break the rules of their table: ${printable(line)}`);
}

/** The rows of each table that can be counted. */
export async function countRows(db: DatabaseSync, names?: readonly string[]): Promise<TableContent[]> {
  const contents: TableContent[] = [];
  for (const table of tablesOf(db)) {
    if (table.type === 'shadow' || table.type === 'view' || (names && !names.includes(table.name))) continue;
    await breathe();
    contents.push({ schema: 'main', name: table.name, rows: countOf(db, table.name) });
  }
  return contents;
}

function countOf(db: DatabaseSync, table: string): number | null {
  try {
    return valueOf(db, `SELECT count(*) FROM main.${quoteName(table)}`) as number;
  } catch {
    // A virtual table of an unknown kind, or one without content of its own. Damage was found before.
    return null;
  }
}

/** Rows that point to nothing, by the two tables; null where definitions that contradict each other hinder it. */
export function findViolations(db: DatabaseSync): Violations[] | null {
  const counts = new Map<string, Violations>();
  try {
    for (const row of db.prepare('PRAGMA foreign_key_check').iterate()) {
      const { table, parent } = row as { table: string; parent: string };
      const key = JSON.stringify([table, parent]);
      counts.set(key, { table, parent, rows: (counts.get(key)?.rows ?? 0) + 1 });
    }
  } catch {
    return null;
  }
  return [...counts.values()];
}
