import { mkdir, readFile, readdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../../src/core/journal-record.ts';
import { localStorage } from '../../../src/storage/local/local.ts';
import { decodeRecord } from '../../../src/storage/local/record.ts';
import type { StorageRecovery, StorageTarget } from '../../../src/storage/storage.ts';
import { type RecordingReporter, recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { bytes, directoryItem, fileItem, openTarget, UNSTOPPED, writeLater } from './local-helpers.ts';

/** Archived times that are past. */
const PAST = { mtimeNs: 1_500_000_000_000_000_000n };

afterEach(() => process.chdir(tmpdir()));

interface Swapped {
  readonly folder: string;
  readonly location: string;
  readonly target: StorageTarget;
  readonly record: JournalRecord;
  readonly reporter: RecordingReporter;
  recovery(): Promise<StorageRecovery>;
}

/** A directory with a file `old`, and a restore of `d/new` and `top` into it, with the record of the moment before the swap. */
async function staged(way: 'directory' | 'children', replace = true): Promise<Swapped> {
  const folder = await temporaryFolder();
  const location = join(folder, 'to');
  await mkdir(location);
  if (replace) await writeFile(join(location, 'old'), 'old');
  if (way === 'children') process.chdir(location);
  const reporter = recordingReporter();
  const target = await openTarget(location, reporter, replace);
  await target.begin();
  await target.put(directoryItem('d', PAST), null);
  await target.put(fileItem('d/new', PAST), bytes('new'));
  await target.put(fileItem('top', PAST), bytes('new'));
  await target.finish(null);
  const record = JSON.parse(JSON.stringify(await target.record())) as JournalRecord;
  const recovery = (): Promise<StorageRecovery> =>
    localStorage.openRecovery(record, { reporter, signal: UNSTOPPED, swapping: true });
  return { folder, location, target, record, reporter, recovery };
}

/** Where the way in question keeps what must not be lost. */
function keptFor({ folder, location, record }: Swapped): string {
  const name = `to.holdfast-kept-${decodeRecord(record).token}`;
  return join(record['swap'] === 'directory' ? folder : location, name);
}

describe.each(['directory', 'children'] as const)('undoing a swap of a %s', (way) => {
  it.each(['d/written', 'written', 'd/new', 'top'])(
    'keeps what somebody wrote into %s since',
    async (path) => {
      for (const inProcess of [true, false]) {
        const scene = await staged(way);
        await scene.target.swap();
        await writeLater(join(scene.location, path), 'by a user', decodeRecord(scene.record).facts);
        await (inProcess ? scene.target : await scene.recovery()).undo();
        const kept = keptFor(scene);
        expect(await readFile(join(kept, path), 'utf8')).toBe('by a user');
        expect(scene.reporter.warnings).toEqual([expect.stringContaining(join(kept, path))]);
        expect((await readdir(scene.location)).filter((name) => !name.includes('-kept-'))).toEqual(['old']);
        // Once more: nothing is left to do or to warn of.
        await (await scene.recovery()).undo();
        expect(scene.reporter.warnings).toHaveLength(1);
        expect(await readFile(join(kept, path), 'utf8')).toBe('by a user');
      }
    },
  );

  it.each(['d/copied', 'copied'])('keeps what was written into %s with an old time', async (path) => {
    const scene = await staged(way);
    await scene.target.swap();
    const copied = join(scene.location, path);
    await writeLater(copied, 'by a user', decodeRecord(scene.record).facts);
    if ((await stat(copied)).birthtimeMs === 0)
      return console.warn('skipped: no times of making on this disk');
    await utimes(copied, 1_000_000_000, 1_000_000_000);
    await scene.target.undo();
    expect(await readFile(join(keptFor(scene), path), 'utf8')).toBe('by a user');
  });

  it('is refused where the directory is another one, as when its disk is not mounted', async () => {
    const scene = await staged(way);
    await scene.target.swap();
    process.chdir(tmpdir());
    const place = way === 'directory' ? scene.folder : scene.location;
    await rename(place, `${place}-away`);
    await mkdir(place);
    const recovery = await scene.recovery();
    for (const step of [() => recovery.undo(), () => recovery.finish()]) {
      await expect(step()).rejects.toThrow('is not the directory that the restore worked in');
    }
    await rm(place, { recursive: true });
    await rename(`${place}-away`, place);
    await recovery.undo();
    expect(await readdir(scene.location)).toEqual(['old']);
  });

  it('leaves the new state where the old one is gone', async () => {
    const scene = await staged(way);
    await scene.target.swap();
    const parent = way === 'directory' ? scene.folder : scene.location;
    const old = (await readdir(parent)).find((name) => name.includes('holdfast-old')) ?? '';
    await rm(join(parent, old), { recursive: true });
    await expect(scene.target.undo()).rejects.toThrow(`${old} is no longer there`);
    expect((await readdir(scene.location)).filter((name) => !name.startsWith('.'))).toEqual(['d', 'top']);
  });

  it('removes nothing behind a symlink that was put in the place of what it left', async () => {
    const scene = await staged(way);
    const outside = await temporaryFolder();
    await writeFile(join(outside, 'precious'), '');
    await scene.target.swap();
    const parent = way === 'directory' ? scene.folder : scene.location;
    const names = (await readdir(parent)).filter((name) => name.includes('holdfast'));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      await rename(join(parent, name), join(outside, name));
      await symlink(outside, join(parent, name));
    }
    const recovery = await scene.recovery();
    await recovery.undo().catch(() => {});
    await recovery.finish().catch(() => {});
    expect(await readdir(outside)).toContain('precious');
    expect((await readdir(outside)).toSorted()).toEqual(['precious', ...names].toSorted());
  });
});

describe.each(['directory', 'children'] as const)('finishing a swap of a %s', (way) => {
  it('is refused before it is complete', async () => {
    const scene = await staged(way);
    const recovery = await scene.recovery();
    await expect(recovery.finish()).rejects.toMatchObject({ code: 'failed' });
    await recovery.undo();
    expect(await readdir(scene.location)).toEqual(['old']);
  });

  it('is refused when something is still to be moved, or was moved back', async () => {
    const scene = await staged(way);
    await scene.target.swap();
    const { token } = decodeRecord(scene.record);
    const [from, to] =
      way === 'directory'
        ? [scene.location, join(scene.folder, `.to.holdfast-${token}`)]
        : [join(scene.location, 'top'), join(scene.location, `.holdfast-incoming-${token}`, 'top')];
    process.chdir(tmpdir());
    await rename(from, to);
    await expect((await scene.recovery()).finish()).rejects.toMatchObject({ code: 'failed' });
    await (await scene.recovery()).undo();
    expect(await readdir(scene.location)).toEqual(['old']);
  });

  it('keeps what came into a target that was to be empty', async () => {
    for (const inProcess of [true, false]) {
      const scene = await staged(way, false);
      await scene.target.swap();
      const { token } = decodeRecord(scene.record);
      const old =
        way === 'directory'
          ? `${scene.folder}/.to.holdfast-old-${token}`
          : `${scene.location}/.holdfast-old-${token}`;
      await writeFile(join(old, 'late'), 'by a user');
      await (inProcess ? scene.target.drop() : (await scene.recovery()).finish());
      const kept = keptFor(scene);
      expect(await readdir(kept)).toEqual(['late']);
      expect(scene.reporter.warnings).toEqual([expect.stringContaining(kept)]);
      await (await scene.recovery()).finish();
      expect(await readdir(kept)).toEqual(['late']);
      expect((await readdir(scene.location)).filter((name) => name !== basename(kept))).toEqual(['d', 'top']);
    }
  });
});

describe('a target that somebody replaced', () => {
  it('is left alone before the swap, by it and by a recovery', async () => {
    const { folder, location, target, recovery, reporter } = await staged('directory');
    await rename(location, join(folder, 'moved'));
    await mkdir(location);
    await writeFile(join(location, 'another'), '');
    await expect(target.swap()).rejects.toThrow('somebody has replaced it');
    expect(await readdir(location)).toEqual(['another']);
    expect((await readdir(folder)).toSorted()).toEqual(['moved', 'to']);
    expect(reporter.warnings).toEqual([expect.stringContaining('is left as it is')]);
    await (await recovery()).undo();
    expect(await readdir(location)).toEqual(['another']);
  });

  it('is left alone after it, and what was there before too', async () => {
    const { folder, location, target, recovery } = await staged('directory');
    await target.swap();
    await rename(location, join(folder, 'moved'));
    await mkdir(location);
    for (const undo of [() => target.undo(), async () => (await recovery()).undo()]) {
      await expect(undo()).rejects.toThrow('somebody has replaced it');
    }
    await expect(target.drop()).rejects.toThrow('somebody has replaced it');
    expect((await readdir(folder)).filter((name) => name.includes('holdfast-old'))).toHaveLength(1);
    await rm(location, { recursive: true });
    await (await recovery()).undo();
    expect(await readdir(location)).toEqual(['old']);
  });
});

describe('a record', () => {
  const open = (record: JournalRecord, swapping = true): Promise<StorageRecovery> =>
    localStorage.openRecovery(record, { reporter: recordingReporter(), signal: UNSTOPPED, swapping });

  it('is refused when any field of it is missing or of another kind', async () => {
    const { record } = await staged('directory');
    await open(record);
    const { staged: tree } = record as { staged: Record<string, unknown> };
    for (const value of [undefined, 17, {}, [], 'relative', '../../etc', '0x10', '1e3', ' 1', '-', '']) {
      for (const field of Object.keys(record)) {
        await expect(open({ ...record, [field]: value })).rejects.toMatchObject({ code: 'refused' });
      }
      for (const field of Object.keys(tree)) {
        await expect(open({ ...record, staged: { ...tree, [field]: value } })).rejects.toMatchObject({
          code: 'refused',
        });
      }
    }
    await expect(open({ ...record, staged: null })).rejects.toMatchObject({ code: 'refused' });
    await open({ ...record, staged: null }, false);
    await expect(open({ ...record, token: '0123456789AB' })).rejects.toMatchObject({ code: 'refused' });
  });

  it('concerns the directory however it is called', async () => {
    const { folder, location, record } = await staged('directory');
    await symlink(location, join(folder, 'link'));
    process.chdir(folder);
    for (const same of [location, `${location}/`, 'to', './link', join(folder, 'x', '..', 'to')]) {
      expect(await localStorage.concerns(record, same)).toBe(true);
    }
    for (const other of [folder, `${location}2`, join(location, 'to')]) {
      expect(await localStorage.concerns(record, other)).toBe(false);
    }
    expect(await localStorage.concerns({ target: 17 }, location)).toBe(false);
    const stores = await localStorage.journalStores(join(folder, 'link'), { signal: UNSTOPPED });
    expect(stores.map(({ address }) => address)).toEqual([location, folder]);
  });
});
