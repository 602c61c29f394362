import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runBackup } from '../../src/workflow/backup.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('warns once of each pattern that leaves no file out of any storage', async () => {
  const folder = await temporaryFolder();
  for (const name of ['one', 'two']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'one', 'a.tmp'), '');
  await writeFile(join(folder, 'two', '[b]'), '');
  const reporter = recordingReporter();
  const result = await runBackup({
    archive: join(folder, 'a.zip'),
    database: null,
    storages: ['one', 'two'].map((name) => ({ name, location: join(folder, name) })),
    overwrite: false,
    key: undefined,
    excludeFiles: ['*.tmp', '*.temp', String.raw`\[b\]`, '[b]'],
    stdout: process.stdout,
    tables: [],
    excludeTables: [],
    excludeRows: [],
    jobs: 1,
    lockTimeout: 1_000,
    env: { XDG_STATE_HOME: folder },
    reporter,
    signal: new AbortController().signal,
  });
  expect(result).toMatchObject({ files: 0, problems: [] });
  expect(reporter.warnings).toEqual(['*.temp', '[b]'].map((one) => `--exclude ${one} leaves nothing out.`));
});
