import { mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../../src/core/journal-record.ts';
import { thisProcess } from '../../../src/core/process-identity.ts';
import { openLocalJournalStore } from '../../../src/storage/local/journal-store.ts';
import { localStorage } from '../../../src/storage/local/local.ts';
import { journalsFor, journalsOfUser } from '../../../src/workflow/journal/find-journals.ts';
import { addPointer, readPointers } from '../../../src/workflow/journal/pointers.ts';
import { writeJournal } from '../../../src/workflow/journal/stored-journal.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const TOKEN = '0123456789ab';
const { signal } = new AbortController();

async function inodeOf(path: string): Promise<string> {
  return (await stat(path)).ino.toString();
}

/** What a restore into a directory keeps of it. */
async function recordOf(location: string): Promise<JournalRecord> {
  const reporter = recordingReporter();
  const options = { location, storage: 'to', replace: true, token: TOKEN, reporter, signal };
  return (await localStorage.openTarget(options)).record();
}

/** A folder with the journal, in `first`, of a restore into `first/a` and `second/b`, and a pointer to it in `state`. */
async function unfinished(): Promise<{ folder: string; path: string; env: Record<string, string> }> {
  const folder = await temporaryFolder();
  const targets = [join(folder, 'first', 'a'), join(folder, 'second', 'b')];
  for (const target of targets) await mkdir(target, { recursive: true });
  const store = openLocalJournalStore(join(folder, 'first'));
  await writeJournal(store, {
    token: TOKEN,
    tool: '1.2.3',
    process: thisProcess(),
    archive: 'app.zip',
    started: '2026-01-02T03:04:05.000Z',
    phase: 'staging',
    storages: await Promise.all(
      targets.map(async (target) => ({ kind: 'local', name: target, record: await recordOf(target) })),
    ),
    database: null,
  });
  const env = { XDG_STATE_HOME: join(folder, 'state') };
  await addPointer(env, TOKEN, store);
  return { folder, path: store.addressOf(TOKEN), env };
}

describe('the journal of a restore into several storages', () => {
  it('is found for each of them, and for nothing else', async () => {
    const { folder, path, env } = await unfinished();
    for (const [target, expected] of [
      ['first/a', [path]],
      ['second/b', [path]],
      ['second/c', []],
    ] as const) {
      const found = await journalsFor([join(folder, target)], { env, reporter: recordingReporter(), signal });
      expect(found.map(({ address }) => address)).toEqual(expected);
    }
    expect(await journalsFor([], { env, reporter: recordingReporter(), signal })).toEqual([]);
  });

  it('stands in the way of a place that it knows by another path', async () => {
    const { folder, env } = await unfinished();
    await rename(join(folder, 'first'), join(folder, 'moved'));
    const options = { env, reporter: recordingReporter(), signal };
    await expect(journalsFor([join(folder, 'moved', 'a')], options)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(`names this place otherwise (${join(folder, 'first', 'a')}`),
    });
    // Another one in the same folder.
    expect(await journalsFor([join(folder, 'moved', 'b')], options)).toEqual([]);
  });

  it('stands in nobody else’s way when it cannot be read', async () => {
    const { folder, path, env } = await unfinished();
    await writeFile(path, 'nonsense');
    const reporter = recordingReporter();
    expect(await journalsFor([join(folder, 'second', 'c')], { env, reporter, signal })).toEqual([]);
    expect(reporter.warnings.join()).toContain('is not a journal');
    const errors: unknown[] = [];
    expect(await journalsOfUser({ env, reporter, signal }, (error) => errors.push(error))).toEqual([]);
    expect(errors).toMatchObject([{ code: 'refused' }]);
  });
});

describe('pointers', () => {
  it('that are none hide no others', async () => {
    const { folder, env } = await unfinished();
    const restores = join(env['XDG_STATE_HOME'] ?? '', 'holdfast', 'restores');
    await mkdir(join(restores, '000000000000'));
    await symlink('/dev/zero', join(restores, '000000000001'));
    await writeFile(join(restores, '000000000002'), 'relative');
    await writeFile(join(restores, '000000000003'), '/nul\0byte');
    await writeFile(join(restores, '000000000004'), '');
    await writeFile(join(restores, '000000000005'), `${folder}\n`);
    const first = join(folder, 'first');
    expect(await readPointers(env)).toEqual(
      new Map([[TOKEN, { address: first, identity: await inodeOf(first) }]]),
    );
    await writeFile(join(restores, '000000000006'), `${await inodeOf(folder)} ${folder}\n`);
    const errors: unknown[] = [];
    const found = await journalsOfUser({ env, reporter: recordingReporter(), signal }, (error) =>
      errors.push(error),
    );
    expect(found).toHaveLength(1);
    expect(errors).toEqual([]);
    // The other's journal is known not to be there.
    expect([...(await readPointers(env)).keys()]).toEqual([TOKEN]);
  });

  it.each([
    ['gone', async () => {}],
    ['another one, as where a disk is not mounted', (path: string) => mkdir(path).then(() => {})],
  ])('to a directory that is %s are kept, and it is said', async (_what, replace) => {
    const { folder, env } = await unfinished();
    const first = join(folder, 'first');
    await rename(first, join(folder, 'away'));
    await replace(first);
    const reporter = recordingReporter();
    const errors: unknown[] = [];
    for (let round = 0; round < 2; round += 1)
      expect(await journalsOfUser({ env, reporter, signal }, (error) => errors.push(error))).toEqual([]);
    const said = { code: 'refused', message: expect.stringContaining(`${first} is not the directory`) };
    expect(errors).toMatchObject([said, said]);
    await rm(first, { recursive: true, force: true });
    await rename(join(folder, 'away'), first);
    const found = await journalsOfUser({ env, reporter, signal }, (error) => errors.push(error));
    expect(found).toHaveLength(1);
  });

  it('to what cannot be opened are kept, and it is said', async () => {
    const { path, env } = await unfinished();
    await rm(path);
    await symlink('elsewhere', path);
    const reporter = recordingReporter();
    const errors: unknown[] = [];
    expect(await journalsOfUser({ env, reporter, signal }, (error) => errors.push(error))).toEqual([]);
    expect(errors).toMatchObject([{ code: 'refused', message: expect.stringContaining('cannot be read') }]);
    expect((await readPointers(env)).size).toBe(1);
  });

  it('that are being written are never met half', async () => {
    const { folder, env } = await unfinished();
    const store = openLocalJournalStore(join(folder, 'first'));
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 200; round += 1) await addPointer(env, TOKEN, store);
      isWriting = false;
    })();
    while (isWriting) expect((await readPointers(env)).size).toBe(1);
    await writing;
    expect(await readdir(join(env['XDG_STATE_HOME'] ?? '', 'holdfast', 'restores'))).toEqual([TOKEN]);
  });
});
