import { randomBytes } from 'node:crypto';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { checkEntries } from '../../src/archive/check-entries.ts';
import type { ManifestProblem, ManifestStorage } from '../../src/archive/manifest.ts';
import { openArchive } from '../../src/archive/reader.ts';
import { createArchiveWriter } from '../../src/archive/writer.ts';
import { findStorage } from '../../src/storage/registry.ts';
import type { ListedItem, StorageSource } from '../../src/storage/storage.ts';
import { backupFiles } from '../../src/workflow/backup-files.ts';
import { ProblemList } from '../../src/workflow/problems.ts';
import { MemorySink, addKit, emptyManifest, memorySource } from '../archive/sample.ts';
import { recordingReporter } from '../support/recording-reporter.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Enough for threads. */
const FILES = 700;

const contentOf = (index: number): Buffer => Buffer.from(`file ${index} `.repeat(1 + (index % 400)));

/** A folder with many small files of several directories, and some that are not small. */
async function manyFiles(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b/c', 'z']) await mkdir(join(folder, name), { recursive: true });
  for (let index = 0; index < FILES; index++) {
    await writeFile(join(folder, ['a', 'b', 'b/c', 'z'][index % 4]!, `f${index}`), contentOf(index));
  }
  await writeFile(join(folder, 'b', 'dense'), randomBytes(100_000));
  await writeFile(join(folder, 'b', 'large'), Buffer.alloc(3_000_000, 'large '));
  await writeFile(join(folder, 'b', 'Größe.txt'), 'no plain name');
  await symlink('f0', join(folder, 'b', 'link'));
  return folder;
}

interface Outcome {
  readonly storage: ManifestStorage;
  readonly problems: readonly ManifestProblem[];
  readonly files: Map<string, Buffer>;
}

/** Backs a folder up as `--jobs 2` does, and reads the archive, which is checked. */
async function backUp(
  folder: string,
  change: (source: StorageSource) => StorageSource = (source) => source,
  controller = new AbortController(),
): Promise<Outcome> {
  const { signal } = controller;
  const reporter = recordingReporter();
  const storage = await findStorage(folder);
  const opened = await storage.openSource({ location: folder, reporter, signal, exclude: () => false });
  const sink = new MemorySink();
  const writer = createArchiveWriter(sink);
  const problems = new ProblemList();
  const source = change(opened);
  const options = { name: 'x', kind: storage.kind, source, writer, jobs: 2, reporter, signal, problems };
  const stored = await backupFiles(options);
  await addKit(writer, null);
  await writer.finish((facts) => ({
    ...emptyManifest(facts),
    storages: [stored],
    problems: problems.all(),
    complete: problems.all().length === 0,
  }));
  const archive = await openArchive(memorySource(sink.bytes()));
  await checkEntries(archive, () => Promise.resolve());
  const files = new Map<string, Buffer>();
  for (const entry of archive.entries) {
    if (entry.type === 'file')
      files.set(entry.name.replace('storage/x/', ''), await buffer(archive.open(entry)));
  }
  return { storage: stored, problems: problems.all(), files };
}

/** A source of which something happens between listing and reading. */
function meanwhile(
  source: StorageSource,
  happens: (run: readonly ListedItem[]) => Promise<void>,
): StorageSource {
  const { threaded } = source;
  if (threaded === undefined) throw new Error('no threads');
  const list = async function* (): AsyncGenerator<readonly ListedItem[], void, void> {
    for await (const run of threaded.list()) {
      await happens(run);
      yield run;
    }
  };
  return { ...source, threaded: { ...threaded, list } };
}

it('gives with threads what it gives without', async () => {
  const folder = await manyFiles();
  const threaded = await backUp(folder);
  const plain = await backUp(folder, ({ threaded: _threaded, ...source }) => source);
  expect(threaded).toEqual(plain);
  expect(threaded.storage).toMatchObject({ files: FILES + 3, directories: 4, symlinks: 1 });
  expect(threaded.files.get('a/f0')?.equals(contentOf(0))).toBe(true);
  expect(threaded.files.get('b/large')?.length).toBe(3_000_000);
});

it('has the usual words for what happens between listing and reading', async () => {
  const folder = await manyFiles();
  let done = false;
  const { problems, files, storage } = await backUp(folder, (source) =>
    meanwhile(source, async (run) => {
      if (done || !run.some((listed) => 'unread' in listed && listed.unread === 'b/dense')) return;
      done = true;
      await rm(join(folder, 'b', 'dense'));
      await rm(join(folder, 'b', 'f1'));
      await symlink('/etc/passwd', join(folder, 'b', 'f1'));
      await rm(join(folder, 'b', 'f5'));
      await mkdir(join(folder, 'b', 'f5'));
      await writeFile(join(folder, 'b', 'f9'), 'other content');
    }),
  );
  expect(
    problems.map(({ kind, ...problem }) => ('path' in problem ? `${problem.path}: ${problem.reason}` : kind)),
  ).toEqual(['b/dense: vanished', 'b/f5: became a directory']);
  expect(files.get('b/f9')?.toString()).toBe('other content');
  // A symlink that took a file's place before anybody looked is a symlink.
  expect(storage).toMatchObject({ files: FILES, symlinks: 2 });
});

it('does not read through a directory that became a symlink', async () => {
  const folder = await manyFiles();
  const outside = await temporaryFolder();
  for (let index = 0; index < FILES; index++) await writeFile(join(outside, `f${index}`), 'secret');
  const { problems, files } = await backUp(folder, (source) =>
    meanwhile(source, async (run) => {
      if (!run.some((listed) => 'unread' in listed && listed.unread.startsWith('z/'))) return;
      await rm(join(folder, 'z'), { recursive: true });
      await symlink(outside, join(folder, 'z'));
    }),
  );
  expect(new Set(problems.map((problem) => problem.reason))).toEqual(
    new Set(['a directory above it became a symlink']),
  );
  expect(problems.length).toBe(FILES / 4);
  expect([...files.values()].some((content) => content.includes('secret'))).toBe(false);
});

it('ends its threads when it is stopped', async () => {
  const folder = await manyFiles();
  const controller = new AbortController();
  const reason = new Error('stopped by the user');
  let runs = 0;
  const stopped = backUp(
    folder,
    (source) =>
      meanwhile(source, async () => {
        if (++runs === 6) controller.abort(reason);
      }),
    controller,
  );
  await expect(stopped).rejects.toBe(reason);
  expect(process.getActiveResourcesInfo().filter((name) => /worker|messageport/i.test(name))).toEqual([]);
});

it('ends a backup of more files that cannot be read than an archive names, before all of them were tried', async () => {
  const folder = await temporaryFolder();
  let tried = 0;
  const unreadable = (source: StorageSource): StorageSource => {
    const { threaded: _, ...rest } = source;
    return {
      ...rest,
      close: () => source.close(),
      async *list() {
        for (; tried < 200_000; tried += 1)
          yield { type: 'file', path: Buffer.from(`directory/file ${tried}`), size: 1 };
      },
      open: () => Promise.reject(new Error('permission denied')),
    };
  };
  await expect(backUp(folder, unreadable)).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringMatching(
      /^More than 50,000 files cannot be .* x\/directory\/file 50000: permission denied$/,
    ),
    hint: expect.stringContaining('--exclude'),
  });
  expect(tried).toBeLessThan(51_000);
});
