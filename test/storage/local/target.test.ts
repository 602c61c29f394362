import { chmod, chown, mkdir, readdir, readlink, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localStorage } from '../../../src/storage/local/local.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { bytePath, bytes, fileItem, listAll, openSource, openTarget, putAll } from './local-helpers.ts';

describe('a target that is there', () => {
  it('counts as empty with nothing but leftovers and lost+found', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, '.holdfast-staging-0123456789ab'));
    await mkdir(join(folder, 'lost+found'));
    expect(await (await openTarget(folder)).isEmpty()).toBe(true);
    await mkdir(join(folder, '.holdfast-old-0123456789ab'));
    expect(await (await openTarget(folder)).isEmpty()).toBe(false);
  });

  it('keeps its mode and owner', async (context) => {
    if (process.platform === 'win32') return context.skip('Windows has no modes');
    const folder = await temporaryFolder();
    const to = join(folder, 'to');
    await mkdir(to);
    if (process.geteuid?.() === 0) await chown(to, 4321, 4322);
    await chmod(to, 0o2750);
    const { uid, gid } = await stat(to);
    await putAll(to, [fileItem('f')]);
    expect(await stat(to)).toMatchObject({ uid, gid, mode: 0o042750 });
    expect(await readdir(folder)).toEqual(['to']);
  });

  it('may be a symlink, which stays one', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'disk', 'real'), { recursive: true });
    await symlink('disk/real', join(folder, 'to'));
    await putAll(join(folder, 'to'), [fileItem('f')]);
    expect(await readlink(join(folder, 'to'))).toBe('disk/real');
    expect(await readdir(join(folder, 'disk'))).toEqual(['real']);
    expect(await readdir(join(folder, 'disk', 'real'))).toEqual(['f']);
  });

  it('brings it back when the swap fails half-way', async () => {
    const folder = await temporaryFolder();
    const to = join(folder, 'to');
    await mkdir(to);
    await writeFile(join(to, 'old'), '');
    const target = await openTarget(to);
    await target.begin();
    await target.finish(null);
    await target.discard();
    await expect(target.swap()).rejects.toMatchObject({ code: 'failed' });
    expect(await readdir(to)).toEqual(['old']);
    expect(await readdir(folder)).toEqual(['to']);
  });

  it('drops old files whatever their names and modes', async () => {
    const folder = await temporaryFolder();
    const to = join(folder, 'to');
    await mkdir(join(to, 'closed'), { recursive: true });
    const odd = process.platform === 'linux' ? Buffer.from([0xff, 0x80]) : Buffer.from('A');
    await writeFile(bytePath(join(to, 'closed'), odd), '');
    await symlink(folder, join(to, 'up'));
    await writeFile(join(folder, 'bystander'), 'kept');
    await chmod(join(to, 'closed'), 0o000);
    await putAll(to, [fileItem('f')]);
    expect(await readdir(folder)).toEqual(['bystander', 'to']);
    expect(await readdir(to)).toEqual(['f']);
  });
});

describe('names', () => {
  it('beside targets are different ones for targets whose long names begin alike', async () => {
    const folder = await temporaryFolder();
    const names = ['a', 'b'].map((end) => 'ä'.repeat(100) + end);
    const token = '0123456789ab';
    const options = { reporter: recordingReporter(), signal: new AbortController().signal, token };
    for (const name of names) {
      const target = await localStorage.openTarget({
        ...options,
        location: join(folder, name),
        storage: 'uploads',
        replace: true,
      });
      await target.begin();
    }
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('that restores use themselves are not restored', async () => {
    const folder = await temporaryFolder();
    const target = await openTarget(join(folder, 'to'));
    await target.begin();
    for (const kind of ['staging', 'incoming', 'old', 'undone', 'trash', 'journal']) {
      const path = `.holdfast-${kind}-0123456789ab${kind === 'journal' ? '.json' : '/f'}`;
      await expect(target.put(fileItem(path), bytes('x'))).rejects.toThrow(
        'restores use that name themselves',
      );
      await target.put(fileItem(`below-${kind}/${path}`), bytes('x'));
    }
    await target.put(fileItem('.holdfast-staging-mine'), bytes('x'));
    await target.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('of an unfinished restore are left out of a backup, which is incomplete if they hold what is missing', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'f'), '');
    await writeFile(join(folder, '.holdfast-journal-0123456789ab.json'), '');
    const reporter = recordingReporter();
    const list = async () => listAll(await openSource(folder, reporter));
    expect(await list()).toMatchObject({ paths: ['f'], problems: [] });
    expect(reporter.warnings).toEqual([
      expect.stringContaining('left out .holdfast-journal-0123456789ab.json'),
    ]);
    await mkdir(join(folder, '.holdfast-old-0123456789ab'));
    expect(await list()).toMatchObject({
      paths: ['f'],
      problems: [expect.stringContaining('a restore into this directory was not finished')],
    });
  });
});

describe('what a target tells', () => {
  it('is how much it holds, on which file system, and where a journal may lie', async () => {
    const folder = await temporaryFolder();
    const to = join(folder, 'to');
    const device = String((await stat(folder)).dev);
    const missing = await openTarget(to);
    expect(await missing.measure()).toEqual({ files: 0, bytes: 0 });
    expect(await missing.volume()).toBe(device);
    expect(missing.journalStore.address).toBe(folder);
    await mkdir(join(to, 'd'), { recursive: true });
    await writeFile(join(to, 'd', 'f'), '12345');
    await writeFile(join(to, 'g'), '123');
    await symlink('g', join(to, 'link'));
    const there = await openTarget(to);
    expect(await there.measure()).toEqual({ files: 2, bytes: 8 });
    expect(await there.volume()).toBe(device);
    expect(await (await openTarget(join(folder, 'no', 'where'))).volume()).toBeNull();
  });
});

describe('a target below a directory that somebody replaces', () => {
  it('is not restored to where a symlink leads that was not there before', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'way', 'above'), { recursive: true });
    await mkdir(join(folder, 'theirs', 'above'), { recursive: true });
    const target = await openTarget(join(folder, 'way', 'above', 'to'));
    await rename(join(folder, 'way'), join(folder, 'moved'));
    await symlink('theirs', join(folder, 'way'));
    await expect(target.record()).rejects.toThrow(/another directory than before/);
    await target.discard();
    expect(await readdir(join(folder, 'theirs', 'above'))).toEqual([]);
  });

  it('keeps what has taken the place of what it held before', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'to'));
    await mkdir(join(folder, 'theirs'));
    await writeFile(join(folder, 'theirs', 'f'), 'theirs');
    const reporter = recordingReporter();
    const target = await openTarget(join(folder, 'to'), reporter);
    await target.begin();
    await target.put(fileItem('new'), bytes('new'));
    await target.finish(null);
    await target.swap();
    const old = join(folder, (await readdir(folder)).find((name) => name.includes('-old-')) ?? '');
    await rename(old, join(folder, 'moved'));
    await rename(join(folder, 'theirs'), old);
    await target.drop();
    expect(await readdir(old)).toEqual(['f']);
    expect(await readdir(join(folder, 'to'))).toEqual(['new']);
    expect(reporter.warnings.join()).toContain('is left as it is');
  });
});
