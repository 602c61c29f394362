import type { ArchiveReader } from '../archive/archive.ts';
import { readIndex } from '../archive/check-entries.ts';
import { totalsOf } from '../archive/totals.ts';
import { HoldfastError } from '../core/errors.ts';
import { formatBytes, formatCount } from '../core/format.ts';
import { matchTrees } from '../core/glob.ts';
import type { Problem } from '../core/problem.ts';
import type { Reporter } from '../core/reporter.ts';
import { engineForUrl } from '../database/registry.ts';
import { findStorage } from '../storage/registry.ts';
import { overlappingTargets } from './overlap.ts';
import { describeProblem } from './problems.ts';
import type { PlannedDatabase, PlannedStorage, RestorePlan } from './restore-plan.ts';
import { mapStorages, type StorageChoice } from './storage-mapping.ts';

export interface PreflightRequest {
  /** Gives the database's URL when the archive holds a database; null leaves the database out. */
  readonly database: (() => string) | null;
  /** True when a target for a database was named, so that an archive without one is not what was meant. */
  readonly databaseIsNamed: boolean;
  /** Where the archive's storages go; null leaves the files out. */
  readonly storages: readonly StorageChoice[] | null;
  /** Globs; only files that match are restored. Empty: all. */
  readonly files: readonly string[];
  readonly noOwner: boolean;
  readonly noPrivileges: boolean;
  /** Restore an archive although its manifest says that something is missing. */
  readonly allowIncomplete: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * Every check that a restore makes before it touches anything.
 * @throws HoldfastError `refused` that lists all that stands in the way, each with what mends it
 */
export async function preflight(
  archive: ArchiveReader,
  request: PreflightRequest,
  resources: AsyncDisposableStack,
): Promise<RestorePlan> {
  const { manifest } = archive;
  request.reporter.phase('preflight', 'Checking the target');
  const problems: Problem[] = [];
  if (!manifest.complete && !request.allowIncomplete) {
    problems.push({
      message: [
        `the archive is incomplete:`,
        ...manifest.problems.map((problem) => `  ${describeProblem(problem)}`),
      ].join('\n'),
      hint: '--allow-incomplete restores what there is',
    });
  }
  const database = await planDatabase(archive, request, resources, problems);
  const storages = await planStorages(archive, request, problems);
  problems.push(...(await unmatchedFiles(archive, storages, request)));
  if (problems.length > 0) throw refusal(problems);
  return { database, storages, lines: planLines(archive, database, storages) };
}

async function planDatabase(
  archive: ArchiveReader,
  request: PreflightRequest,
  resources: AsyncDisposableStack,
  problems: Problem[],
): Promise<PlannedDatabase | null> {
  const { database: manifest } = archive.manifest;
  if (request.database === null) return null;
  if (manifest === null) {
    if (!request.databaseIsNamed) return null;
    throw new HoldfastError('usage', `${archive.name} holds no database, and a target for one is given.`, {
      hint: 'Leave out --database (HOLDFAST_DATABASE), or give --skip-database.',
    });
  }
  const url = request.database();
  const engine = await engineForUrl(url);
  if (engine.name !== manifest.facts.engine) {
    throw new HoldfastError(
      'usage',
      `The archive holds a ${manifest.facts.engine} database; the target is ${engine.title}.`,
      {
        hint: 'Restore into a database of the same kind.',
      },
    );
  }
  const { env, reporter, signal, noOwner, noPrivileges } = request;
  const target = await engine.openTarget({ url, env, reporter, signal, noOwner, noPrivileges });
  resources.defer(() => target.close());
  if (!(await target.isEmpty())) {
    problems.push({
      message: `the database ${target.facts.database} is not empty`,
      hint: 'restore into an empty database: create a new one, or drop and create this one',
    });
  }
  problems.push(...(await target.preflight(manifest.facts)));
  return { manifest, target };
}

async function planStorages(
  archive: ArchiveReader,
  request: PreflightRequest,
  problems: Problem[],
): Promise<PlannedStorage[]> {
  if (request.storages === null) return [];
  const { reporter, signal } = request;
  const planned: PlannedStorage[] = [];
  const mapped = mapStorages(archive.manifest.storages, request.storages);
  problems.push(
    ...(await overlappingTargets(mapped.map(({ archived: { name }, location }) => ({ name, location })))),
  );
  for (const { archived, location } of mapped) {
    const storage = await findStorage(location);
    const target = await storage.openTarget({
      location,
      storage: archived.name,
      replace: false,
      reporter,
      signal,
    });
    if (!(await target.isEmpty())) {
      problems.push({
        message: `${target.name} is not empty`,
        hint: 'restore into an empty or missing directory',
      });
    }
    problems.push(...(await target.preflight({ bytes: archived.bytes, files: archived.files })));
    planned.push({ archived, target });
  }
  return planned;
}

/** The globs that no file of the archive matches: what was asked for would silently not be there. */
async function unmatchedFiles(
  archive: ArchiveReader,
  storages: readonly PlannedStorage[],
  { files, signal }: PreflightRequest,
): Promise<Problem[]> {
  const unmatched = new Map(files.map((glob) => [glob, matchTrees([glob])]));
  for (const { archived } of storages) {
    if (unmatched.size === 0) break;
    for await (const { type, path } of readIndex(archive, archived.name)) {
      signal.throwIfAborted();
      if (type === 'directory') continue;
      for (const [glob, matches] of unmatched) if (matches(path.toString())) unmatched.delete(glob);
    }
  }
  return [...unmatched.keys()].map((glob) => ({
    message: `no file in the archive matches --file ${glob}`,
    hint: 'a pattern with a slash is held against the whole path, one without against the last part of it',
  }));
}

function refusal(problems: readonly Problem[]): HoldfastError {
  const lines = problems.flatMap(({ message, hint }) => [`- ${message}`, `  → ${hint}`]);
  return new HoldfastError('refused', ['The restore is refused; nothing was touched:', ...lines].join('\n'));
}

function planLines(
  archive: ArchiveReader,
  database: PlannedDatabase | null,
  storages: readonly PlannedStorage[],
): string[] {
  const lines = [`Restore ${archive.name}, made ${archive.manifest.started}:`];
  if (database !== null) {
    const { facts } = database.manifest;
    const { tables, rows, rowBytes } = totalsOf(archive.manifest);
    lines.push(
      `  database ${facts.database} → ${database.target.facts.database}: ${formatCount(tables, 'table')}, ${formatCount(rows, 'row')}, ${formatBytes(rowBytes)}`,
    );
  }
  for (const { archived, target } of storages) {
    lines.push(
      `  files ${archived.name} → ${target.name}: ${formatCount(archived.files, 'file')}, ${formatBytes(archived.bytes)}`,
    );
  }
  return lines;
}
