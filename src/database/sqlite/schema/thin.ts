import { rename } from 'node:fs/promises';
import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import { quoteName, quoteText } from '../file/connection.ts';
import { isUnknownToUs } from '../file/errors.ts';
import { isWalFile, setWal } from '../file/header.ts';
import { OwnFile } from '../file/own-file.ts';
import { isVirtual, type SchemaObject } from './objects.ts';

export interface Removal {
  readonly dropped: readonly SchemaObject[];
  /** Tables that are kept without their rows. */
  readonly emptied: readonly SchemaObject[];
}

/** The tables of ANALYZE, some of which hold values of rows. */
const STATISTICS = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'sqlite_stat[1-4]'`;

/**
 * Removes objects and rows from a file that nobody else knows, so that nothing of them stays in it: it is written anew without
 * its free pages. Row numbers stay as they are.
 * @param path of the file; another is made beside it for the time
 */
export async function thin(path: string, { dropped, emptied }: Removal, signal: AbortSignal): Promise<void> {
  if (dropped.length === 0 && emptied.length === 0) return;
  const packed = `${path}.packed`;
  const isWal = await isWalFile(path);
  if (isWal) await setWal(path, false);
  {
    await using file = new OwnFile(path, { readOnly: false, signal });
    // Nobody wants it back as it was.
    await file.rows('PRAGMA journal_mode = OFF');
    await file.rows('PRAGMA synchronous = OFF');
    for (const object of emptied) await attempt(() => empty(file, object), object);
    // What hangs on a table goes with it.
    for (const object of dropped) {
      await attempt(() => file.rows(`DROP ${object.kind} IF EXISTS main.${quoteName(object.name)}`), object);
    }
    await attempt(() => file.rows(`VACUUM main INTO ${quoteText(packed)}`), null);
  }
  await rename(packed, path);
  await setWal(path, isWal);
}

/** Removes all rows of a table, unseen by its triggers, and what was found out of them. */
async function empty(file: OwnFile, object: SchemaObject): Promise<void> {
  const table = object.name;
  for (const { name } of await file.rows<{ name: string }>(STATISTICS))
    await file.rows(`DELETE FROM main.${quoteName(name)} WHERE tbl = ? COLLATE NOCASE`, table);
  if (isVirtual(object)) {
    // Not every one lets its rows be deleted.
    await file.rows(`DROP TABLE main.${quoteName(table)}`);
    await file.rows(object.sql);
    return;
  }
  const triggers = await file.rows<{ name: string; sql: string }>(
    `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY rowid`,
    table,
  );
  for (const { name } of triggers) await file.rows(`DROP TRIGGER main.${quoteName(name)}`);
  await file.rows(`DELETE FROM main.${quoteName(table)}`);
  for (const { sql } of triggers) await file.rows(sql);
}

async function attempt(work: () => Promise<unknown>, object: SchemaObject | null): Promise<void> {
  try {
    await work();
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
