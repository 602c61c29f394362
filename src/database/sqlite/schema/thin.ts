import { rename } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import { openFile, quoteName, quoteText, rowsOf } from '../file/connection.ts';
import { isUnknownToUs } from '../file/errors.ts';
import { setWal } from '../file/header.ts';
import type { SchemaObject } from './objects.ts';

export interface Removal {
  readonly dropped: readonly SchemaObject[];
  /** Tables that are kept without their rows. */
  readonly emptied: readonly SchemaObject[];
}

/**
 * Removes objects and rows from a file that nobody else knows, so that nothing of them stays in it: it is written anew without
 * its free pages. Row numbers stay as they are.
 * @param path of a file without a write-ahead log; another is made beside it for the time
 */
export async function thin(path: string, { dropped, emptied }: Removal): Promise<void> {
  if (dropped.length === 0 && emptied.length === 0) return;
  const packed = `${path}.packed`;
  const db = openFile(path, { readOnly: false });
  try {
    // Nobody wants it back as it was.
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
    for (const object of emptied) attempt(() => empty(db, object.name), object);
    // What hangs on a table goes with it.
    for (const object of dropped) {
      attempt(() => db.exec(`DROP ${object.kind} IF EXISTS main.${quoteName(object.name)}`), object);
    }
    attempt(() => db.exec(`VACUUM main INTO ${quoteText(packed)}`), null);
  } finally {
    db.close();
  }
  await rename(packed, path);
  await setWal(path, false);
}

/** Removes all rows of a table, unseen by its triggers. */
function empty(db: DatabaseSync, table: string): void {
  const triggers = rowsOf<{ name: string; sql: string }>(
    db,
    `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY rowid`,
    table,
  );
  for (const { name } of triggers) db.exec(`DROP TRIGGER main.${quoteName(name)}`);
  db.exec(`DELETE FROM main.${quoteName(table)}`);
  for (const { sql } of triggers) db.exec(sql);
}

function attempt(work: () => void, object: SchemaObject | null): void {
  try {
    work();
  } catch (error) {
    if (!isUnknownToUs(error)) throw error;
    const what = object === null ? 'the rest' : `${object.kind.toLowerCase()} ${printable(object.name)}`;
    throw new HoldfastError(
      'failed',
      `A part of the database cannot be taken, for of ${what}: ${messageOf(error)}.`,
      {
        hint: 'It needs something of the application that made it. Take the whole database.',
        cause: error,
      },
    );
  }
}
