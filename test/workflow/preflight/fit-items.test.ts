import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ArchiveReader } from '../../../src/archive/archive.ts';
import { openArchive } from '../../../src/archive/reader.ts';
import { localStorage } from '../../../src/storage/local/local.ts';
import { s3Storage } from '../../../src/storage/s3/s3.ts';
import type { StorageTarget } from '../../../src/storage/storage.ts';
import { fitItems, type FitResult } from '../../../src/workflow/preflight/fit-items.ts';
import { FileSelection } from '../../../src/workflow/preflight/select-files.ts';
import { stageFiles } from '../../../src/workflow/restore-files.ts';
import { addSampleStorage, memorySource, smallArchive } from '../../archive/sample.ts';
import { type RecordingReporter, recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { signal } = new AbortController();

/** Paths as a storage without directories has them, in the order of their bytes. */
const UNFIT = ['../up', 'a//b', 'a/b/../../c', 'big/', 'file/below', 'file/below2', `z${'z'.repeat(255)}`];
const FIT = ['a/b/c', 'empty/', 'file'];

interface Opened {
  readonly archive: ArchiveReader;
  readonly target: StorageTarget;
  readonly location: string;
  readonly reporter: RecordingReporter;
}

/** An archive of objects with these keys, each holding its own key, and a directory that they are to be restored to. */
async function open(paths: readonly string[]): Promise<Opened> {
  const files = paths.toSorted().map((path) => ({
    path: Buffer.from(path),
    content: Buffer.from(path === 'empty/' ? '' : path),
  }));
  const bytes = await smallArchive(async (writer) => ({
    storages: [{ ...(await addSampleStorage(writer, files)), kind: 's3', location: 's3://bucket' }],
  }));
  const location = join(await temporaryFolder(), 'to');
  const reporter = recordingReporter();
  const target = await localStorage.openTarget({
    location,
    storage: 'uploads',
    replace: false,
    token: '0123456789ab',
    reporter,
    signal,
  });
  return { archive: await openArchive(memorySource(bytes)), target, location, reporter };
}

function fit(
  { archive, target, reporter }: Opened,
  globs: string[],
  allowIncomplete: boolean,
): Promise<FitResult> {
  const selection = new FileSelection(globs);
  return fitItems(archive, archive.manifest.storages[0]!, target, {
    selection,
    allowIncomplete,
    reporter,
    signal,
  });
}

describe('what its target cannot hold of a storage', () => {
  it('is one problem that names some and counts the rest', async () => {
    const opened = await open([...UNFIT, ...FIT]);
    const { problems } = await fit(opened, [], false);
    expect(problems).toEqual([
      {
        message: expect.stringContaining(`storage uploads: 7 items cannot be in ${opened.location}`),
        hint: expect.stringMatching(/--allow-incomplete .*\(s3:\/\/bucket\)/),
      },
    ]);
    const lines = problems[0]?.message.split('\n') ?? [];
    expect(lines.slice(1, 6).map((line) => line.trim().split(': ')[0])).toEqual(UNFIT.slice(0, 5));
    expect(lines.slice(6)).toEqual(['  and 2 more items']);
    expect(opened.reporter.warnings).toEqual([]);
  });

  it('is no problem when it is not asked for', async () => {
    const opened = await open([...UNFIT, ...FIT]);
    expect((await fit(opened, ['a/b/c', 'empty/', 'file/below'], false)).problems).toEqual([]);
    expect((await fit(opened, ['file', 'below'], false)).problems).toMatchObject([
      { message: expect.stringContaining('file/below: ') },
    ]);
  });

  it('is left out with a warning when that is allowed, and all else is restored', async () => {
    const opened = await open([...UNFIT, ...FIT]);
    const { problems, leftOut } = await fit(opened, [], true);
    expect(problems).toEqual([]);
    expect(leftOut).toEqual({ files: 7, bytes: UNFIT.join('').length });
    expect(opened.reporter.warnings).toEqual([expect.stringContaining('7 items cannot be')]);
    const { archive, target, location } = opened;
    const [archived] = archive.manifest.storages;
    const selected = { files: FIT.length, bytes: 0 };
    const planned = { archived: archived!, location, kind: 'local', target, selected };
    expect(await stageFiles(archive, planned, [], recordingReporter(), signal)).toMatchObject({
      files: FIT.length,
    });
    await target.swap();
    await target.drop();
    expect((await readdir(location, { recursive: true })).toSorted()).toEqual(
      ['a', 'a/b', 'a/b/c', 'empty', 'empty folder', 'file', 'link', 'odd link'].toSorted(),
    );
    expect(await readFile(join(location, 'a/b/c'), 'utf8')).toBe('a/b/c');
  });

  it('is also what a longer prefix leaves no room for', async () => {
    const opened = await open(['k'.repeat(900), 'short']);
    const target = await s3Storage.openTarget({
      location: `s3://bucket/${'p'.repeat(200)}?endpoint=http://127.0.0.1:1`,
      storage: 'uploads',
      replace: false,
      token: '0123456789ab',
      reporter: opened.reporter,
      signal,
    });
    expect((await fit({ ...opened, target }, [], false)).problems).toEqual([
      {
        message: expect.stringMatching(/\n *k+: with the prefix its key has more than the 1024 bytes/),
        hint: expect.any(String),
      },
    ]);
  });

  it('is nothing where everything fits', async () => {
    const opened = await open(FIT);
    expect(await fit(opened, [], false)).toEqual({ problems: [], leftOut: { files: 0, bytes: 0 } });
    expect(opened.reporter.warnings).toEqual([]);
  });
});
