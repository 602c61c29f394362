import { mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { bytes, directoryItem, fileItem, linkItem, openTarget } from './local-helpers.ts';

describe('put', () => {
  it.each([
    '../outside',
    '..',
    '.',
    '',
    '/etc/outside',
    'a/../../outside',
    'a//b',
    'a/',
    './a',
    'a/./b',
    'nul\0byte',
  ])('refuses the path %j', async (path) => {
    const folder = await temporaryFolder();
    const target = await openTarget(join(folder, 'to'));
    await target.begin();
    for (const item of [fileItem(path, { size: 1 }), directoryItem(path), linkItem(path, 'x')]) {
      await expect(target.put(item, bytes(''))).rejects.toMatchObject({ code: 'damaged' });
    }
    await target.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes a content whole or as a stream', async () => {
    const to = join(await temporaryFolder(), 'to');
    const target = await openTarget(to);
    await target.begin();
    await target.put(fileItem('whole', { size: 5 }), Buffer.from('whole'));
    await target.put(fileItem('empty'), Buffer.alloc(0));
    await target.put(fileItem('stream', { size: 6 }), bytes('stream'));
    await expect(target.put(fileItem('../out', { size: 1 }), Buffer.from('x'))).rejects.toMatchObject({
      code: 'damaged',
    });
    await target.finish(null);
    await target.swap();
    const contents = await Promise.all(
      ['whole', 'empty', 'stream'].map((name) => readFile(join(to, name), 'utf8')),
    );
    expect(contents).toEqual(['whole', '', 'stream']);
  });

  it('makes a directory of an empty file whose path ends with a slash', async () => {
    const folder = await temporaryFolder();
    const to = join(folder, 'to');
    const target = await openTarget(to);
    await target.begin();
    await target.put(fileItem('a/b/', { mtimeNs: 1_500_000_000n * 1_000_000_000n }), bytes(''));
    await target.put(fileItem('a/b/c'), bytes('x'));
    await target.put(fileItem('a/d/'), bytes(''));
    for (const path of ['../', '/', 'a//'])
      await expect(target.put(fileItem(path), bytes(''))).rejects.toMatchObject({ code: 'damaged' });
    await target.finish(null);
    await target.swap();
    await target.drop();
    const made = await readdir(to, { recursive: true });
    expect(made.toSorted()).toEqual(['a', 'a/b', 'a/b/c', 'a/d']);
    const stats = await stat(join(to, 'a', 'b'));
    expect([stats.isDirectory(), stats.mtimeMs]).toEqual([true, 1_500_000_000_000]);
    expect((await stat(join(to, 'a', 'd'))).isDirectory()).toBe(true);
  });

  it.each([
    ['a file', fileItem('way/f')],
    ['a directory', directoryItem('way/d')],
    ['a link', linkItem('way/l', 'x')],
    ['a file further down', fileItem('way/d/f')],
    ['a file in place of it', fileItem('way')],
  ])('makes no %s through a link that was restored before', async (_title, item) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'outside'));
    const target = await openTarget(join(folder, 'to'));
    await target.begin();
    await target.put(linkItem('way', join(folder, 'outside')), null);
    await expect(target.put(item, item.type === 'file' ? bytes('x') : null)).rejects.toMatchObject({
      code: 'failed',
    });
    await target.discard();
    expect(await readdir(join(folder, 'outside'))).toEqual([]);
    expect(await readdir(folder)).toEqual(['outside']);
  });

  it('names what comes twice', async () => {
    const folder = await temporaryFolder();
    const target = await openTarget(join(folder, 'to'));
    await target.begin();
    await target.put(fileItem('f'), bytes('x'));
    await expect(target.put(fileItem('f'), bytes('x'))).rejects.toThrow(
      /\/f: something of that name exists already$/,
    );
    await target.discard();
  });

  it('refuses a file without content and a link without target', async () => {
    const folder = await temporaryFolder();
    const target = await openTarget(join(folder, 'to'));
    await target.begin();
    await expect(target.put(fileItem('f'), null)).rejects.toMatchObject({ code: 'damaged' });
    await expect(target.put(linkItem('l', ''), null)).rejects.toMatchObject({ code: 'damaged' });
    await target.discard();
  });

  it('hides what it stages from other users', async () => {
    const folder = await temporaryFolder();
    const target = await openTarget(join(folder, 'to'));
    await target.begin();
    const [name = ''] = await readdir(folder);
    expect(name).toMatch(/^\.to\.holdfast-[0-9a-f]{12}$/);
    const windows = process.platform === 'win32';
    expect(windows || (await stat(join(folder, name))).mode & 0o777).toBe(windows || 0o700);
    await target.discard();
  });

  it('takes content no faster than it is written, and closes it on failure', async () => {
    const folder = await temporaryFolder();
    const target = await openTarget(join(folder, 'to'));
    await target.begin();
    let made = 0;
    const content = new Readable({
      read() {
        made += 1;
        this.push(made <= 512 ? Buffer.alloc(2 ** 20, made) : null);
      },
    });
    const before = process.memoryUsage().rss;
    await target.put(fileItem('f'), content);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
    const refused = bytes('x');
    await expect(target.put(fileItem('../f'), refused)).rejects.toThrow('unsafe path');
    expect(refused.destroyed).toBe(true);
    await target.discard();
  });
});

describe('a staging area in a directory of another user', () => {
  it.each([
    ['a link', (theirs: string, staging: string) => symlink(theirs, staging)],
    ['a directory', (theirs: string, staging: string) => rename(theirs, staging)],
  ])('is written to itself alone when %s takes its place, and is not swapped in', async (_title, replace) => {
    if (process.platform !== 'linux') {
      console.warn('skipped: only on Linux a descriptor can be the beginning of a path');
      return;
    }
    const folder = await temporaryFolder();
    const theirs = join(folder, 'theirs');
    await mkdir(theirs);
    await mkdir(join(folder, 'to'));
    await writeFile(join(folder, 'to', 'old'), 'old');
    const target = await openTarget(join(folder, 'to'));
    await target.begin();
    const staging = join(folder, (await readdir(folder)).find((name) => name.startsWith('.')) ?? '');
    await rename(staging, join(folder, 'moved'));
    await replace(theirs, staging);
    await target.put(directoryItem('d', { mode: 0o000 }), null);
    await target.put(fileItem('d/f'), bytes('f'));
    await target.put(linkItem('l', 'x'), null);
    await target.finish({ mode: 0o755 });
    expect(await readdir(staging)).toEqual([]);
    expect((await readdir(join(folder, 'moved'))).toSorted()).toEqual(['d', 'l']);
    await expect(target.record()).rejects.toThrow(/was replaced by somebody/);
    await expect(target.swap()).rejects.toThrow(/was replaced by somebody/);
    await target.undo();
    await target.discard();
    expect(await readFile(join(folder, 'to', 'old'), 'utf8')).toBe('old');
  });
});
