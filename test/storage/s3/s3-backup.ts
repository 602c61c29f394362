import { join } from 'node:path';
import type { RecordingReporter } from '../../support/recording-reporter.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { openS3Source } from '../../../src/storage/s3/source.ts';
import type { ItemProblem, StorageItem, StorageSource } from '../../../src/storage/storage.ts';
import { type BackupResult, runBackup } from '../../../src/workflow/backup.ts';

export async function openSource(
  location: string,
  exclude: (path: string) => boolean = () => false,
): Promise<{ source: StorageSource; reporter: RecordingReporter }> {
  const reporter = recordingReporter();
  const { signal } = new AbortController();
  return { source: await openS3Source({ location, exclude, reporter, signal }), reporter };
}

export async function listAll(
  source: StorageSource,
): Promise<{ items: StorageItem[]; paths: string[]; problems: ItemProblem[] }> {
  const problems: ItemProblem[] = [];
  const items = await Array.fromAsync(source.list((problem) => problems.push(problem)));
  return { items, paths: items.map(({ path }) => path.toString()), problems };
}

/** Backs up one location as the storage `up` into an archive in a folder, one of its own when none is given. */
export async function backUp(
  location: string,
  into?: string,
): Promise<BackupResult & { readonly reporter: RecordingReporter }> {
  const folder = into ?? (await temporaryFolder());
  const reporter = recordingReporter();
  const result = await runBackup({
    database: null,
    storages: [{ name: 'up', location }],
    archive: join(folder, 'up.zip'),
    overwrite: false,
    key: undefined,
    excludeFiles: [],
    stdout: process.stdout,
    jobs: 1,
    lockTimeout: undefined,
    tables: [],
    excludeTables: [],
    excludeRows: [],
    env: { XDG_STATE_HOME: folder },
    reporter,
    signal: new AbortController().signal,
  });
  return { ...result, reporter };
}
