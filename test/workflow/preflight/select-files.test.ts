import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { openArchive } from '../../../src/archive/reader.ts';
import { createArchiveWriter } from '../../../src/archive/writer.ts';
import { localStorage } from '../../../src/storage/local/local.ts';
import { backupFiles } from '../../../src/workflow/backup-files.ts';
import { ProblemList } from '../../../src/workflow/problems.ts';
import { stageFiles } from '../../../src/workflow/restore-files.ts';
import { addKit, emptyManifest, MemorySink, memorySource } from '../../archive/sample.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const FILES = ['a/b/c/deep.txt', 'a/b.txt', 'a.b/x', 'ab/x', 'z/one', 'z/two'];
const EMPTY = ['a/empty', 'z/empty', 'only/empty'];

it.each([
  [['deep.txt'], ['a', 'a/b', 'a/b/c', 'a/b/c/deep.txt']],
  [['a/b.txt'], ['a', 'a/b.txt']],
  [['a/b'], ['a', 'a/b', 'a/b/c', 'a/b/c/deep.txt']],
  [['z'], ['z', 'z/empty', 'z/one', 'z/two']],
  [
    ['x', 'one'],
    ['a.b', 'a.b/x', 'ab', 'ab/x', 'z', 'z/one'],
  ],
  [
    ['one', 'only'],
    ['only', 'only/empty', 'z', 'z/one'],
  ],
])('--file %j makes what matches, and the directories that it lies in', async (globs, expected) => {
  const { signal } = new AbortController();
  const reporter = recordingReporter();
  const folder = await temporaryFolder();
  const from = join(folder, 'from');
  for (const path of EMPTY) await mkdir(join(from, path), { recursive: true });
  for (const path of FILES) {
    await mkdir(dirname(join(from, path)), { recursive: true });
    await writeFile(join(from, path), path);
  }
  for (const path of ['a', 'a.b', 'ab', 'only', 'z']) await chmod(join(from, path), 0o711);
  const source = await localStorage.openSource({ location: from, reporter, signal, exclude: () => false });
  const sink = new MemorySink();
  const writer = createArchiveWriter(sink);
  const options = { name: 'uploads', kind: 'local', source, writer, jobs: 1, reporter, signal };
  const archived = await backupFiles({ ...options, problems: new ProblemList() });
  await addKit(writer, null);
  await writer.finish((facts) => ({ ...emptyManifest(facts), storages: [archived] }));
  const archive = await openArchive(memorySource(sink.bytes()));
  const location = join(folder, 'to');
  const target = await localStorage.openTarget({
    location,
    storage: 'uploads',
    replace: false,
    token: '0123456789ab',
    reporter,
    signal,
  });
  const planned = { archived, location, kind: 'local', target, selected: { files: 1, bytes: 0 } };
  await stageFiles(archive, planned, globs, reporter, signal);
  await target.swap();
  await target.drop();
  expect((await readdir(location, { recursive: true })).toSorted()).toEqual(expected);
  expect((await stat(join(location, expected[0]!))).mode & 0o777).toBe(0o711);
});
