import type { ArchiveReader } from '../../archive/archive.ts';
import { tablesInFile } from '../../archive/contents.ts';
import type { ManifestDatabase, ManifestTable } from '../../archive/manifest.ts';
import { HoldfastError, messageOf } from '../../core/errors.ts';
import type { Reporter } from '../../core/reporter.ts';
import { sideBySide } from '../../core/side-by-side.ts';
import { TablePatterns } from '../../core/table-patterns.ts';
import type { DatabaseSource, Engine, SourceOptions, SourceTable } from '../../database/engine.ts';
import { engineByName, engineForUrl } from '../../database/registry.ts';
import { compareFile, compareRows, haveSameRows } from './compare-rows.ts';
import { compareStatements } from './compare-statements.ts';
import type { Difference } from './difference.ts';

export interface AgainstRequest {
  /** The live database. */
  readonly url: string;
  readonly jobs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export interface AgainstResult {
  /** The live database's name. */
  readonly database: string;
  /** The tables whose rows were compared. */
  readonly tables: number;
  /** What was not compared, a line each. */
  readonly notes: readonly string[];
  readonly differences: readonly Difference[];
}

/**
 * Compares a live database, in one consistent state, with what an archive holds: tables, rows, values of sequences, and
 * the statements that make everything else where both servers spell them alike.
 * @throws HoldfastError `usage` for an archive without a database or of another kind; `failed` when the database cannot be read
 */
export async function compareDatabase(
  archive: ArchiveReader,
  request: AgainstRequest,
): Promise<AgainstResult> {
  const { url, jobs, env, reporter, signal } = request;
  const archived = await databaseOf(archive, url);
  const engine = await engineForUrl(url);
  reporter.phase('connect', 'Reading the schema of the database');
  const source = await engine.openSource({
    url,
    env,
    reporter,
    signal,
    jobs,
    rowEncoding: archived.facts.encoding,
    comparedWith: archived.facts,
    ...choicesOf(archived, engine),
  });
  try {
    const all = majorOf(source.facts.version) === majorOf(archived.facts.version);
    const rename = schemaNames(archived, source, engine);
    const { differences, pairs } = compareTables(archived.tables, source.tables, rename);
    differences.push(...(await compareStatements({ archive, source, all, rename })));
    const totalBytes = pairs.reduce((sum, [{ bytes }]) => sum + bytes, 0);
    reporter.phase('compare', 'Comparing rows', totalBytes);
    differences.push(
      ...(await compareAllRows(pairs, {
        archive,
        source,
        rowMarks: engine.rowMarks,
        reporter,
        signal,
        jobs,
      })),
    );
    return {
      database: source.facts.database,
      tables: tablesInFile(archived.facts)?.length ?? pairs.length,
      notes: notesOf(archived, source, all),
      differences: distinct(differences),
    };
  } finally {
    await source.close();
  }
}

/** What of the live database's names is as in the archive: the name of the database, where that is the schema of all. */
function schemaNames(
  archived: ManifestDatabase,
  source: DatabaseSource,
  { schemaIsDatabase }: Engine,
): (name: string) => string {
  const { database } = source.facts;
  if (!schemaIsDatabase) return (name) => name;
  return (name) => (name === database ? archived.facts.database : name);
}

/** What was chosen when the archive was made is compared, and no more. */
function choicesOf(
  { selection, excludedTables = [], tables, facts }: ManifestDatabase,
  { foldLetter, schemaIsDatabase }: Engine,
): Pick<SourceOptions, 'selectTable' | 'excludeTable' | 'excludeRows'> {
  const archivedSchema = (schema: string): string => (schemaIsDatabase ? facts.database : schema);
  const selected = patternsOf('table', selection?.patterns ?? [], foldLetter);
  const excluded = patternsOf('exclude-table', excludedTables, foldLetter);
  const rowless = new Set(tables.filter(({ withRows }) => !withRows).map(keyOf));
  return {
    ...(selection && { selectTable: (schema, name) => selected.matches(archivedSchema(schema), name) }),
    excludeTable: (schema, name) => excluded.matches(archivedSchema(schema), name),
    excludeRows: (schema, name) => rowless.has(keyOf({ schema: archivedSchema(schema), name })),
  };
}

/** @throws HoldfastError `damaged` for what is no pattern: the backup took it for one */
function patternsOf(option: string, texts: readonly string[], fold: Engine['foldLetter']): TablePatterns {
  try {
    return new TablePatterns(option, texts, fold);
  } catch (error) {
    throw new HoldfastError('damaged', `The manifest's patterns of tables are none: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function databaseOf(archive: ArchiveReader, url: string): Promise<ManifestDatabase> {
  const { database } = archive.manifest;
  if (database === null) {
    throw new HoldfastError('usage', `${archive.name} holds no database to compare with.`);
  }
  const [given, wanted] = [await engineForUrl(url), await engineByName(database.facts.engine)];
  if (given === wanted) return database;
  throw new HoldfastError(
    'usage',
    `${archive.name} holds a ${wanted.title} database; the one to compare with is ${given.title}.`,
  );
}

function keyOf({ schema, name }: { schema: string | null; name: string }): string {
  return JSON.stringify([schema, name]);
}

/** A table that is missing on one side is met as a table and as a statement. */
function distinct(differences: readonly Difference[]): Difference[] {
  return [...new Map(differences.toReversed().map((found) => [found.message, found])).values()].toReversed();
}

type Pair = readonly [ManifestTable, SourceTable];

function compareTables(
  archived: readonly ManifestTable[],
  live: readonly SourceTable[],
  rename: (schema: string) => string,
): { differences: Difference[]; pairs: Pair[] } {
  const keyOfLive = ({ schema, name }: SourceTable): string => keyOf({ schema: rename(schema), name });
  const rest = new Map(live.map((table) => [keyOfLive(table), table]));
  const differences: Difference[] = [];
  const pairs: Pair[] = [];
  const differ = ({ schema, name }: { schema: string; name: string }, what: string) =>
    differences.push({ kind: 'table', schema, name, message: `table ${schema}.${name} ${what}` });
  for (const table of archived) {
    const other = rest.get(keyOf(table));
    rest.delete(keyOf(table));
    if (other === undefined) differ(table, 'is in the archive and not in the database');
    else if (JSON.stringify(table.columns) !== JSON.stringify(other.columns)) {
      const [here, there] = [other.columns.join(', '), table.columns.join(', ')];
      differ(table, `has other columns: ${here} in the database, ${there} in the archive`);
    } else if (table.withRows) pairs.push([table, other]);
  }
  for (const { schema, name } of rest.values()) {
    differ({ schema: rename(schema), name }, 'is in the database and not in the archive');
  }
  return { differences, pairs };
}

async function compareAllRows(
  pairs: readonly Pair[],
  options: Parameters<typeof compareRows>[2] & { readonly jobs: number },
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const queue = pairs.toSorted(([a], [b]) => b.bytes - a.bytes);
  await sideBySide(queue, options.jobs, async ([archived, live]) => {
    const { schema, name } = archived;
    if (options.source.compareContents !== undefined) {
      for (const { schema: of, name: table, what } of await compareFile(archived, live, options))
        differences.push({
          kind: 'rows',
          schema: of,
          name: table,
          message: `rows of table ${of}.${table}: ${what}`,
        });
      return;
    }
    const what = await compareRows(archived, live, options);
    if (what === null) return;
    differences.push({ kind: 'rows', schema, name, message: `rows of table ${schema}.${name}: ${what}` });
  });
  const moved = await movedAmong(pairs, differences, options);
  return differences
    .filter((difference) => !moved.has(keyOf(difference)))
    .toSorted((a, b) => (a.message < b.message ? -1 : 1));
}

/** The tables that differ only because their rows lie in others of their family, where another server looks for them. */
async function movedAmong(
  pairs: readonly Pair[],
  differences: readonly Difference[],
  options: Parameters<typeof compareRows>[2],
): Promise<Set<string>> {
  const different = new Set(differences.map(keyOf));
  const families = Map.groupBy(pairs, ([, { loadInto }]) => loadInto && keyOf(loadInto));
  const moved = new Set<string>();
  for (const [root, family] of families) {
    if (root === undefined || !family.some(([table]) => different.has(keyOf(table)))) continue;
    if (!(await haveSameRows(family, options))) continue;
    options.reporter.detail(`${root}: the same rows, in other partitions`);
    for (const [table] of family) moved.add(keyOf(table));
  }
  return moved;
}

function notesOf(archived: ManifestDatabase, source: DatabaseSource, all: boolean): string[] {
  const rowless = archived.tables.filter(({ withRows }) => !withRows);
  return [
    ...(all
      ? []
      : [
          `The archive is of version ${archived.facts.version}, the database of ${source.facts.version}: definitions are spelt differently and were not compared.`,
        ]),
    ...rowless.map(({ schema, name }) => `The archive holds no rows of ${schema}.${name}.`),
  ];
}

/** What people call a version by, up to its first dot: servers of one major version write definitions alike. */
function majorOf(version: string): string {
  return version.split('.', 1)[0] ?? version;
}
