import { HoldfastError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import { patternHint, TablePatterns } from '../core/table-patterns.ts';
import type { DatabaseSource, Engine } from '../database/engine.ts';
import { engineForUrl } from '../database/registry.ts';

/** What of a database is backed up, and how. */
export interface DatabaseChoice {
  readonly jobs: number;
  /** How long to wait for locks, in milliseconds. */
  readonly lockTimeout: number | undefined;
  /** Patterns of the tables to back up; empty for all. */
  readonly tables: readonly string[];
  /** Patterns of tables. */
  readonly excludeTables: readonly string[];
  readonly excludeRows: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export interface OpenDatabase {
  readonly engine: Engine;
  readonly source: DatabaseSource;
}

/**
 * Opens a database for a backup of what is chosen. It is closed with `resources`.
 * @throws HoldfastError `usage` for patterns that are none, or that leave nothing; what the engine throws
 */
export async function openDatabase(
  url: string,
  request: DatabaseChoice,
  resources: AsyncDisposableStack,
): Promise<OpenDatabase> {
  const { reporter, signal, env, jobs, lockTimeout } = request;
  const engine = await engineForUrl(url);
  const patternsOf = (option: string, patterns: readonly string[]): TablePatterns =>
    new TablePatterns(option, patterns, engine.foldLetter);
  const selected = patternsOf('table', request.tables);
  const excluded = [
    patternsOf('exclude-table', request.excludeTables),
    patternsOf('exclude-table-data', request.excludeRows),
  ] as const;
  const [tables, rows] = excluded;
  reporter.phase('connect', 'Taking a snapshot of the database');
  const source = await engine.openSource({
    url,
    env,
    reporter,
    signal,
    jobs,
    ...(lockTimeout !== undefined && { lockTimeout }),
    selectTable: selected.isEmpty ? undefined : (schema, name) => selected.matches(schema, name),
    excludeTable: (schema, name) => tables.matches(schema, name),
    excludeRows: (schema, name) => rows.matches(schema, name),
  });
  resources.defer(() => source.close());
  for (const patterns of [selected, ...excluded]) patterns.requireDatabase(source.facts.database);
  requireMatches(selected, source, engine.foldLetter);
  for (const patterns of excluded) {
    for (const pattern of patterns.unmatched()) {
      reporter.warning(`--${patterns.option} ${printable(pattern)} matches nothing.`);
    }
  }
  return { engine, source };
}

/** What was asked for would silently not be there. */
function requireMatches(selected: TablePatterns, source: DatabaseSource, fold: Engine['foldLetter']): void {
  const [pattern] = selected.unmatched();
  if (pattern !== undefined) {
    throw new HoldfastError('usage', `No table, view or sequence matches --table ${printable(pattern)}.`, {
      hint: `In patterns ${patternHint(fold)}.`,
    });
  }
  if (source.selection === null || source.preData.some(({ object }) => object !== undefined)) return;
  throw new HoldfastError('usage', '--exclude-table leaves nothing of what --table selects.');
}
