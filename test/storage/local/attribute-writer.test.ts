import { chmod, lutimes, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StorageItem } from '../../../src/storage/storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required } from '../../support/tools.ts';
import { bytePath, copy, directoryItem, fileItem, listAll, openSource, putAll } from './local-helpers.ts';
import { asUnprivileged } from './unprivileged.ts';

const NS = 1_000_000_000n;

describe('a copy through source and target', () => {
  it('is the same in names, types, modes, times and links', async (context) => {
    if (process.platform === 'win32') return context.skip('Windows has no modes');
    const folder = await temporaryFolder();
    const from = join(folder, 'from');
    await mkdir(join(from, 'd', 'e'), { recursive: true });
    await writeFile(
      bytePath(join(from, 'd'), Buffer.from(process.platform === 'linux' ? [0xff, 0x0a] : [0x41])),
      'odd',
    );
    await writeFile(join(from, 'n'.repeat(255)), 'long');
    // Only root can read what has no mode bits at all.
    const unreadable = process.geteuid?.() === 0 ? 0o000 : 0o600;
    for (const mode of [unreadable, 0o400, 0o644, 0o1755, 0o2755, 0o4755]) {
      await writeFile(join(from, `m${mode}`), '');
      await chmod(join(from, `m${mode}`), mode);
    }
    await symlink('/etc/passwd', join(from, 'absolute'));
    await symlink('nowhere', join(from, 'd', 'broken'));
    await chmod(join(from, 'd', 'e'), 0o2555);
    await chmod(join(from, 'd'), 0o700);
    // Whole seconds come through Node exactly; a directory's time is set after those of what it holds.
    for (const { path } of (await listAll(await openSource(from))).items.toReversed()) {
      const time = 1_600_000_000 + path.length;
      await lutimes(bytePath(from, path), time, time);
    }
    await copy(from, join(folder, 'to'));
    const [before, after] = await Promise.all(
      [from, join(folder, 'to')].map(async (path) => listAll(await openSource(path))),
    );
    expect(before?.problems).toEqual([]);
    expect(after?.items).toEqual(before?.items);
    expect(after?.items).toHaveLength(12);
    expect(await readdir(folder)).toEqual(['from', 'to']);
  });

  it('keeps times to a microsecond, also those before 1970', async () => {
    const folder = await temporaryFolder();
    const times = [
      0n,
      1_700_000_000n * NS + 123_456_789n,
      4_000_000_000n * NS + 1_000n,
      -86_400n * NS - 500_000_000n,
    ];
    await putAll(join(folder, 'to'), [
      directoryItem('d', { mtimeNs: 1_500_000_000n * NS }),
      ...times.map((mtimeNs, index) => fileItem(`d/${index}`, { mtimeNs })),
    ]);
    const { items } = await listAll(await openSource(join(folder, 'to')));
    expect(items[0]?.mtimeNs).toBe(1_500_000_000n * NS);
    items.slice(1).forEach(({ mtimeNs = 0n }, index) => {
      const off = Number(mtimeNs - (times[index] ?? 0n));
      expect(Math.abs(off)).toBeLessThan(1_000);
    });
  });

  it('gives files back to their owners when root, by name before number', async (context) => {
    if (process.geteuid?.() !== 0) {
      console.warn(`skipped "${context.task.name}": only root may give files away`);
      return context.skip();
    }
    const folder = await temporaryFolder();
    await putAll(join(folder, 'to'), [
      fileItem('named', { uid: 4321, gid: 4321, owner: 'nobody', group: 'no such group', mode: 0o6755 }),
      fileItem('numbered', { uid: 4321, gid: 4322, owner: 'no such user', mode: 0o600 }),
    ]);
    expect(await stat(join(folder, 'to', 'named'))).toMatchObject({ uid: 65_534, gid: 4321, mode: 0o106755 });
    expect(await stat(join(folder, 'to', 'numbered'))).toMatchObject({ uid: 4321, gid: 4322 });
  });

  it('says once when it may not give files away', async (context) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'from'));
    await writeFile(join(folder, 'from', 'f'), 'x', { mode: 0o644 });
    await writeFile(join(folder, 'from', 'g'), 'x', { mode: 0o644 });
    if (process.geteuid?.() !== 0) {
      console.warn(`skipped "${context.task.name}": only root can make files of two users`);
      return context.skip();
    }
    // The folder itself goes to nobody in a folder of its own, so that what is read stays root's.
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'work'));
    const args = ['copy', join(folder, 'from'), join(folder, 'work', 'to')] as const;
    const output = required(context, await asUnprivileged(join(folder, 'work'), ...args));
    expect(output).toBe('owners of files are not restored: only root may give files to other users\n');
    expect(await readdir(join(folder, 'work', 'to'))).toEqual(['f', 'g']);
  });

  it('uses the umask for what has no mode, and makes directories that are not listed', async () => {
    const folder = await temporaryFolder();
    await putAll(join(folder, 'to'), [fileItem('a/b/c')]);
    await mkdir(join(folder, 'own'));
    await writeFile(join(folder, 'own', 'f'), '');
    const modeOf = async (...path: string[]): Promise<number> => (await stat(join(folder, ...path))).mode;
    expect(await modeOf('to', 'a', 'b', 'c')).toBe(await modeOf('own', 'f'));
    expect(await modeOf('to', 'a', 'b')).toBe(await modeOf('own'));
    expect(await modeOf('to')).toBe(await modeOf('own'));
  });

  it('takes 2,000 small files in nested directories', async () => {
    const folder = await temporaryFolder();
    const items: StorageItem[] = [];
    for (let directory = 0; directory < 40; directory += 1) {
      items.push(directoryItem(`d${directory}`, { mode: 0o755, mtimeNs: 1_600_000_000n * NS }));
      for (let file = 0; file < 50; file += 1)
        items.push(fileItem(`d${directory}/f${file}`, { mode: 0o640 }));
    }
    await putAll(join(folder, 'to'), items);
    const { paths } = await listAll(await openSource(join(folder, 'to')));
    expect(paths.toSorted()).toEqual(items.map(({ path }) => path.toString()).toSorted());
    expect((await stat(join(folder, 'to', 'd7'))).mtimeMs).toBe(1_600_000_000_000);
  });

  it('works where permissions forbid to look at what was restored', async (context) => {
    const folder = await temporaryFolder();
    const output = required(context, await asUnprivileged(folder, 'closed', join(folder, 'to')));
    expect(output).toBe('');
    expect((await stat(join(folder, 'to', 'closed'))).mode & 0o7777).toBe(0o000);
    expect((await stat(join(folder, 'to', 'g'))).mode & 0o7777).toBe(0o000);
    expect((await stat(join(folder, 'to', 'full', 'inner'))).mode & 0o7777).toBe(0o555);
  });

  it('is replaced where permissions forbid to remove it', async (context) => {
    const folder = await temporaryFolder();
    const closed = ['closed', join(folder, 'to')];
    for (const args of [closed, [...closed, 'replace']])
      expect(required(context, await asUnprivileged(folder, ...args))).toBe('');
    expect(await readdir(folder)).toEqual(['to']);
  });

  it('is discarded where permissions forbid to look at it', async (context) => {
    const folder = await temporaryFolder();
    const output = required(context, await asUnprivileged(folder, 'closed', join(folder, 'to'), 'discard'));
    expect(output).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });
});
