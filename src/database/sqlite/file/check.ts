import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { TableContent } from '../../engine.ts';
import type { Violations } from '../facts.ts';
import { quoteName, quoteText } from './connection.ts';
import { isCannot, isDamage, isUnknownToUs } from './errors.ts';
import type { OwnFile } from './own-file.ts';
import { type Table, TABLES } from './tables.ts';

/** Of what is wrong so much is told. */
const MOST_TOLD = 10;

/** Rows that break their table's rules are no damage: rules can be added later, and be switched off. */
const BROKEN_RULE = /^(NULL value in|CHECK constraint failed in|\w+ value in|non-\w+ value in)/;

/** A full-text index is made from rows, which are checked by themselves, and can be made anew from them. */
const STALE_INDEX = /^malformed inverted index for FTS/;

/** One over rows that are kept elsewhere, or nowhere, need not be checkable. */
const UNCHECKED_INDEX = /^unable to validate the inverted index for FTS.*: SQL logic error$/;

/**
 * Reads the whole file and finds it sound, as SQLite's integrity_check does. Tables whose definitions need something of an
 * application's own (a collation, a function, a module) are left out of that.
 * @param name the database's, for messages
 * @param code of the error, when it is damaged
 * @returns notes: what could not be checked, and rows that break rules
 * @throws HoldfastError with what is wrong
 */
export async function checkIntegrity(
  file: OwnFile,
  name: string,
  code: 'failed' | 'damaged' = 'failed',
): Promise<string[]> {
  const found = await integrityOf(file, '');
  if (!(found instanceof Error)) return judge(found, name, code);
  const notes: string[] = [];
  for (const table of await file.rows<Table>(TABLES)) {
    if (table.type === 'view') continue;
    const ofTable = await integrityOf(file, `(${quoteText(table.name)})`);
    if (ofTable instanceof Error)
      notes.push(`Table ${printable(table.name)} was not checked: ${messageOf(ofTable)}`);
    else notes.push(...judge(ofTable, name, code));
  }
  return notes;
}

/** What SQLite says, or why it cannot. */
async function integrityOf(file: OwnFile, argument: string): Promise<string[] | Error> {
  try {
    const rows = await file.rows<{ integrity_check: string }>(`PRAGMA integrity_check${argument}`);
    return rows.map(({ integrity_check }) => integrity_check);
  } catch (error) {
    if (error instanceof Error && isUnknownToUs(error)) return error;
    throw error;
  }
}

function judge(found: readonly string[], name: string, code: 'failed' | 'damaged'): string[] {
  const lines = found.filter((line) => line !== 'ok' && !UNCHECKED_INDEX.test(line));
  const damage = lines.filter((line) => !BROKEN_RULE.test(line) && !STALE_INDEX.test(line));
  if (damage.length > 0) {
    const told = damage.slice(0, MOST_TOLD).map((line) => `  ${printable(line)}`);
    throw new HoldfastError(code, [`The database ${printable(name)} is damaged:`, ...told].join('\n'), {
      hint: 'Where only indexes are named, REINDEX mends it; else see what `sqlite3 FILE ".recover"` can save.',
    });
  }
  return lines
    .slice(0, MOST_TOLD)
    .map((line) =>
      STALE_INDEX.test(line)
        ? `A full-text index does not match its rows, INSERT INTO name(name) VALUES ('rebuild') mends it: ${printable(line)}`
        : `Some rows break the rules of their table: ${printable(line)}`,
    );
}

/** The rows of each table that can be counted. */
export async function countRows(file: OwnFile, names?: ReadonlySet<string>): Promise<TableContent[]> {
  const contents: TableContent[] = [];
  for (const table of await file.rows<Table>(TABLES)) {
    if (table.type === 'shadow' || table.type === 'view' || names?.has(table.name) === false) continue;
    contents.push({ schema: 'main', name: table.name, rows: await countOf(file, table) });
  }
  return contents;
}

async function countOf(file: OwnFile, { name, type }: Table): Promise<number | null> {
  try {
    const [row] = await file.rows<{ n: number }>(`SELECT count(*) AS n FROM main.${quoteName(name)}`);
    return row?.n ?? null;
  } catch (error) {
    // A virtual table of an unknown kind, or one without content of its own.
    if (isCannot(error) || (type === 'virtual' && isDamage(error))) return null;
    throw error;
  }
}

/** Rows that point to nothing, by the two tables; null where definitions that contradict each other hinder it. */
export async function findViolations(file: OwnFile): Promise<Violations[] | null> {
  try {
    return await file.rows<Violations>(
      'SELECT "table", parent, count(*) AS rows FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2',
    );
  } catch (error) {
    if (isCannot(error)) return null;
    throw error;
  }
}
