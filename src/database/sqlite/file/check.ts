import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { TableContent } from '../../engine.ts';
import type { Violations } from '../facts.ts';
import { quoteName, quoteText } from './connection.ts';
import { isCannot, isDamage, isUnknownToUs } from './errors.ts';
import type { OwnFile } from './own-file.ts';
import type { OwnFiles } from './own-files.ts';
import { type Table, TABLES } from './tables.ts';

/** Of what is wrong so much is told. */
const MOST_TOLD = 10;

/** Rows that break their table's rules are no damage: rules can be added later, and be switched off. */
const BROKEN_RULE = /^(NULL value in|CHECK constraint failed in|\w+ value in|non-\w+ value in)/;

/** A full-text index is made from rows, which are checked by themselves, and can be made anew from them. */
const STALE_INDEX = /^malformed inverted index for FTS/;

/** One over rows that are kept elsewhere, or nowhere, need not be checkable. */
const UNCHECKED_INDEX = /^unable to validate the inverted index for FTS.*: SQL logic error$/;

/** Tables whose indexes are compared with their rows, by name; none where modules keep rows, which check them in one go. */
const INDEXED = `SELECT DISTINCT tbl_name AS name FROM sqlite_schema WHERE type = 'index'
  AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND rootpage = 0)`;

export interface IntegrityOptions {
  /** The database's, for messages. */
  readonly name: string;
  /** Of the error, when it is damaged. */
  readonly code: 'failed' | 'damaged';
  /** Whether tables are checked side by side, where there are several. */
  readonly isSplit: boolean;
  /** How many rows tables have. */
  readonly contents: Promise<readonly TableContent[]>;
}

/**
 * Reads the whole file and finds it sound, as SQLite's integrity_check does. Tables whose definitions need something of an
 * application's own (a collation, a function, a module) are left out of that.
 * @returns notes: what could not be checked, and rows that break rules
 * @throws HoldfastError with what is wrong
 */
export async function checkIntegrity(files: OwnFiles, options: IntegrityOptions): Promise<string[]> {
  const indexed = options.isSplit
    ? await files.run((file) => file.rows<{ name: string }>(INDEXED)).catch(() => [])
    : [];
  const tables = indexed.map(({ name }) => name);
  if (tables.length > 1) return checkSideBySide(files, tables, options);
  return files.run(async (file) => {
    const found = await integrityOf(file);
    return found instanceof Error ? checkEach(file, options) : judge(found, options);
  });
}

/** All but indexes of the whole, and the indexes of each table. */
async function checkSideBySide(
  files: OwnFiles,
  tables: readonly string[],
  options: IntegrityOptions,
): Promise<string[]> {
  const withoutIndexes = files.run((file) => integrityOf(file, { pragma: 'quick_check' }));
  // It is waited for below.
  withoutIndexes.catch(() => {});
  const contents = await options.contents.catch(() => []);
  const rows = new Map(contents.map((table) => [table.name, table.rows ?? 0]));
  // The largest first, so that none is left to run alone at the end.
  const sorted = tables.toSorted((a, b) => (rows.get(b) ?? 0) - (rows.get(a) ?? 0));
  const [whole, ...parts] = await Promise.all([
    withoutIndexes,
    ...sorted.map((table) => files.run((file) => integrityOf(file, { table }))),
  ]);
  if (whole instanceof Error) return files.run((file) => checkEach(file, options));
  const notes: string[] = [];
  const found = new Set(whole);
  for (const [index, ofTable] of parts.entries()) {
    if (ofTable instanceof Error) notes.push(unchecked(sorted[index] as string, ofTable));
    else for (const line of ofTable) found.add(line);
  }
  return [...notes, ...judge([...found], options)];
}

/** Where something in it hinders a check of the whole. */
async function checkEach(file: OwnFile, options: IntegrityOptions): Promise<string[]> {
  const notes: string[] = [];
  for (const { name, type } of await file.rows<Table>(TABLES)) {
    if (type === 'view') continue;
    const ofTable = await integrityOf(file, { table: name });
    if (ofTable instanceof Error) notes.push(unchecked(name, ofTable));
    else notes.push(...judge(ofTable, options));
  }
  return notes;
}

function unchecked(table: string, why: Error): string {
  return `Table ${printable(table)} was not checked: ${messageOf(why)}`;
}

/** What SQLite says, or why it cannot. */
async function integrityOf(
  file: OwnFile,
  { pragma = 'integrity_check', table }: { readonly pragma?: string; readonly table?: string } = {},
): Promise<string[] | Error> {
  const argument = table === undefined ? '' : `(${quoteText(table)})`;
  try {
    const rows = await file.rows<Record<string, string>>(`PRAGMA ${pragma}${argument}`);
    return rows.flatMap((row) => Object.values(row));
  } catch (error) {
    if (error instanceof Error && isUnknownToUs(error)) return error;
    throw error;
  }
}

function judge(found: readonly string[], { name, code }: IntegrityOptions): string[] {
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
