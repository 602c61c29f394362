import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { checkStorageNames, RESTORE_NOTE_NAME, RESTORE_SCRIPT_NAME } from '../archive/layout.ts';
import {
  FORMAT,
  type ManifestDatabase,
  type ManifestProblem,
  type ManifestSelection,
  type ManifestStorage,
} from '../archive/manifest.ts';
import { restoreKit } from '../archive/restore-kit.ts';
import { totalsOf } from '../archive/totals.ts';
import { createArchiveWriter } from '../archive/writer.ts';
import { PathPatterns } from '../core/glob.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import { VERSION } from '../core/version.ts';
import { createEncryptor } from '../crypt/tink-encryptor.ts';
import { openArchiveSink } from '../location/archive-sink.ts';
import { checkLocation } from '../location/location.ts';
import type { ArchiveSink } from '../location/sink.ts';
import { findStorage } from '../storage/registry.ts';
import type { StorageSource } from '../storage/storage.ts';
import { archiveName, resolveArchivePath } from './archive-name.ts';
import { backupDatabase } from './backup-database.ts';
import { backupFiles } from './backup-files.ts';
import { expectedSize } from './expected-size.ts';
import { type DatabaseChoice, type OpenDatabase, openDatabase } from './open-database.ts';
import { refuseDatabaseInStorage, refuseOverlap } from './overlap.ts';
import { describeProblem, ProblemList } from './problems.ts';
import { refuseUnfinishedRestores, replacedStorages } from './restores-meanwhile.ts';
import { warnOfLeftOut } from './selection-report.ts';

export interface BackupRequest extends DatabaseChoice {
  /** The database's URL, or null for a backup of files alone. */
  readonly database: string | null;
  readonly storages: readonly { readonly name: string; readonly location: string }[];
  /** A path, an existing directory (which takes a generated name), that of an S3 object, or `-`. */
  readonly archive: string;
  /** Replace an archive that exists. */
  readonly overwrite: boolean;
  /** Encrypts the archive; 32 bytes. */
  readonly key: Buffer | undefined;
  /** Globs. */
  readonly excludeFiles: readonly string[];
  readonly stdout: Writable;
}

export interface BackupResult {
  /** Where the archive lies. */
  readonly archive: string;
  readonly id: string;
  /** Null when the database was left out. */
  readonly tables: number | null;
  readonly rows: number;
  /** Uncompressed. */
  readonly rowBytes: number;
  readonly files: number;
  readonly fileBytes: number;
  /** Rows and files together, uncompressed. */
  readonly contentBytes: number;
  readonly archiveBytes: number;
  /** What was asked for of the database and what came of it; null for all of it. */
  readonly selection: ManifestSelection | null;
  /** What is not in the archive although it should be, a line each; empty for a complete backup. */
  readonly problems: readonly string[];
  readonly milliseconds: number;
}

/**
 * Backs up a database and storages into one archive.
 * @throws HoldfastError when no archive could be made; then nothing is left behind
 */
export async function runBackup(request: BackupRequest): Promise<BackupResult> {
  checkLocation(request.archive);
  checkStorageNames(request.storages.map(({ name }) => name));
  if (request.database !== null)
    await refuseDatabaseInStorage(request.database, request.storages, request.excludeFiles);
  await refuseUnfinishedRestores(request.storages, request);
  const resources = new AsyncDisposableStack();
  try {
    const excluded = new PathPatterns(request.excludeFiles);
    const storages = await openStorages(request, excluded, resources);
    const database =
      request.database === null ? null : await openDatabase(request.database, request, resources);
    const subject = database?.source.facts.database ?? request.storages[0]?.name ?? 'backup';
    const started = new Date();
    const path =
      request.archive === '-'
        ? '-'
        : await resolveArchivePath(request.archive, archiveName(subject, started, request.key !== undefined));
    await refuseOverlap(path, request.storages);
    const { stdout, overwrite, reporter } = request;
    const sink = await openArchiveSink(path, {
      stdout,
      overwrite,
      checksum: true,
      contentType: request.key === undefined ? 'application/zip' : 'application/octet-stream',
      expectedSize: () => expectedSize(database?.source ?? null, request),
      env: request.env,
      reporter,
      signal: request.signal,
    });
    try {
      return await writeArchive(request, sink, database, { storages, excluded }, started);
    } catch (error) {
      await sink.abort();
      throw error;
    }
  } finally {
    await resources.disposeAsync();
  }
}

interface OpenStorage {
  readonly name: string;
  readonly location: string;
  readonly kind: string;
  readonly source: StorageSource;
}

interface OpenFiles {
  readonly storages: readonly OpenStorage[];
  /** Files that are left out. */
  readonly excluded: PathPatterns;
}

async function openStorages(
  request: BackupRequest,
  excluded: PathPatterns,
  resources: AsyncDisposableStack,
): Promise<OpenStorage[]> {
  const { reporter, signal } = request;
  const storages: OpenStorage[] = [];
  for (const { name, location } of request.storages) {
    const storage = await findStorage(location);
    const source = await storage.openSource({
      location,
      reporter,
      signal,
      exclude: excluded.matches,
    });
    resources.defer(() => source.close());
    storages.push({ name, location, kind: storage.kind, source });
  }
  return storages;
}

/** A pattern with a mistake in it would let in what was not to be backed up. */
function warnOfUnmatched(excluded: PathPatterns, reporter: Reporter): void {
  for (const pattern of excluded.unmatched())
    reporter.warning(`--exclude ${printable(pattern)} leaves nothing out.`);
}

async function writeArchive(
  request: BackupRequest,
  sink: ArchiveSink,
  database: OpenDatabase | null,
  { storages, excluded }: OpenFiles,
  started: Date,
): Promise<BackupResult> {
  const { reporter, signal, key, jobs } = request;
  const encryptor = key === undefined ? undefined : createEncryptor(key);
  const written =
    encryptor === undefined ? finished(sink.stream, { readable: false }) : pipeline(encryptor, sink.stream);
  // It is awaited at the end; a failure before that reaches the writer, whose output it destroys.
  written.catch(() => {});
  const writer = createArchiveWriter(encryptor ?? sink.stream);
  const onAbort = (): void => writer.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const found = new ProblemList();
    const id = randomUUID();
    let exported: ManifestDatabase | null = null;
    if (database !== null) {
      const { source, engine } = database;
      const { partSuffix } = engine;
      const { tables: patterns, excludeTables } = request;
      exported = await backupDatabase({
        source,
        patterns,
        excluded: excludeTables,
        partSuffix,
        writer,
        jobs,
        reporter,
      });
      if (exported.selection) warnOfLeftOut(exported.selection, reporter);
      // The snapshot holds back the server's clean-up: it is not kept while files are read.
      await source.close();
    }
    const stored: ManifestStorage[] = [];
    for (const storage of storages)
      stored.push(await backupFiles({ ...storage, writer, jobs, reporter, signal, problems: found }));
    if (storages.length > 0) warnOfUnmatched(excluded, reporter);
    for (const problem of await replacedStorages(storages, request)) found.add(problem);
    const problems = found.all();
    reporter.phase('finish', 'Finishing the archive');
    const kit = restoreKit(exported?.facts.engine ?? null);
    await writer.add(RESTORE_NOTE_NAME, Buffer.from(kit.note), { method: 'store' });
    await writer.add(RESTORE_SCRIPT_NAME, Buffer.from(kit.script), { method: 'store', mode: 0o755 });
    await writer.finish(({ entries, sums }) => ({
      format: FORMAT,
      tool: { name: 'holdfast', version: VERSION },
      id,
      started: started.toISOString(),
      finished: new Date().toISOString(),
      complete: problems.length === 0,
      problems,
      database: exported,
      storages: stored,
      entries,
      sums,
    }));
    await written;
    signal.throwIfAborted();
    await sink.commit();
    return summarize(sink, id, exported, stored, problems, started);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function summarize(
  sink: ArchiveSink,
  id: string,
  database: ManifestDatabase | null,
  storages: readonly ManifestStorage[],
  problems: readonly ManifestProblem[],
  started: Date,
): BackupResult {
  const totals = totalsOf({ database, storages });
  return {
    archive: sink.name,
    id,
    ...totals,
    tables: database === null ? null : totals.tables,
    contentBytes: totals.rowBytes + totals.fileBytes,
    archiveBytes: sink.bytesWritten(),
    selection: database?.selection ?? null,
    problems: problems.map(describeProblem),
    milliseconds: Date.now() - started.getTime(),
  };
}
