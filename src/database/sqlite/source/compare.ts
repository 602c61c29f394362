import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { messageOf } from '../../../core/errors.ts';
import { formatCount } from '../../../core/format.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import type { ContentDifference } from '../../engine.ts';
import { tablesOf } from '../file/tables.ts';
import { openFile, quoteName, quoteText, rowsOf } from '../file/connection.ts';
import { folded, SCHEMA } from '../schema/objects.ts';

const ROWS_AT_ONCE = 1000;

export interface FileComparison {
  readonly archived: AsyncIterable<Buffer>;
  /** The live database's copy. */
  readonly copy: string;
  /** Where the archived file can be put for the time. */
  readonly folder: string;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** The tables whose rows differ, in whatever order and wherever in the file they lie. Definitions are compared elsewhere. */
export async function compareFiles(comparison: FileComparison): Promise<ContentDifference[]> {
  const { archived, copy, folder, reporter, signal } = comparison;
  const path = join(folder, 'archived.sqlite');
  await pipeline(archived, createWriteStream(path, { mode: 0o600 }), { signal });
  const [inArchive, live] = [openFile(path, { readOnly: true }), openFile(copy, { readOnly: true })];
  try {
    const names = new Set(tablesWithRows(inArchive).map(folded));
    const differences: ContentDifference[] = [];
    for (const name of tablesWithRows(live)) {
      // A table that is on one side alone, or has other columns, is met as a definition.
      if (!names.has(folded(name)) || columnsOf(live, name).join() !== columnsOf(inArchive, name).join())
        continue;
      try {
        const there = await digestRows(inArchive, name, signal);
        const here = await digestRows(live, name, signal);
        if (here.rows !== there.rows) {
          const what = `the database has ${formatCount(here.rows, 'row')}, the archive ${formatCount(there.rows, 'row')}`;
          differences.push({ schema: SCHEMA, name, what });
        } else if (here.digest !== there.digest) {
          differences.push({
            schema: SCHEMA,
            name,
            what: `${formatCount(here.rows, 'row')} on both sides, but not the same`,
          });
        }
      } catch (error) {
        signal.throwIfAborted();
        reporter.warning(`Rows of ${printable(name)} were not compared: ${messageOf(error)}`);
      }
    }
    return differences;
  } finally {
    live.close();
    inArchive.close();
  }
}

/** Also SQLite's own: the values of sequences. */
function tablesWithRows(db: DatabaseSync): string[] {
  const own = rowsOf<{ name: string }>(db, `SELECT name FROM sqlite_schema WHERE name = 'sqlite_sequence'`);
  const tables = tablesOf(db).filter(({ type }) => type === 'table' || type === 'virtual');
  return [...tables, ...own].map(({ name }) => name);
}

/** The columns that are stored. */
function columnsOf(db: DatabaseSync, table: string): string[] {
  const columns = rowsOf<{ name: string; hidden: number }>(db, `PRAGMA table_xinfo(${quoteText(table)})`);
  return columns.flatMap(({ name, hidden }) => (hidden === 0 ? [quoteName(name)] : []));
}

/** The number of rows, and a digest of them that does not depend on their order: the sum of the digests of each. */
async function digestRows(
  db: DatabaseSync,
  table: string,
  signal: AbortSignal,
): Promise<{ rows: number; digest: string }> {
  // Texts as their bytes, which need not be those of the encoding; whole numbers in full.
  const values = columnsOf(db, table).map(
    (name) => `typeof(${name}), CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`,
  );
  const statement = db.prepare(`SELECT ${values.join(', ')} FROM main.${quoteName(table)}`);
  statement.setReturnArrays(true);
  statement.setReadBigInts(true);
  const sum = new BigUint64Array(4);
  const bits = new Float64Array(1);
  let rows = 0;
  for (const row of statement.iterate() as Iterable<unknown>) {
    const hash = createHash('sha256');
    for (const value of row as unknown[]) {
      const bytes =
        value instanceof Uint8Array
          ? value
          : typeof value === 'number'
            ? bitsOf(bits, value)
            : Buffer.from(String(value));
      hash.update(`${bytes.length} `).update(bytes);
    }
    const words = new BigUint64Array(new Uint8Array(hash.digest()).buffer);
    for (const [index, word] of words.entries()) sum[index] = (sum[index] ?? 0n) + word;
    rows += 1;
    if (rows % ROWS_AT_ONCE === 0) {
      await breathe();
      signal.throwIfAborted();
    }
  }
  return { rows, digest: sum.join() };
}

function bitsOf(bits: Float64Array<ArrayBuffer>, value: number): Uint8Array {
  bits[0] = value;
  return new Uint8Array(bits.buffer);
}
