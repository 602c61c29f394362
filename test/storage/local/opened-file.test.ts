import { once } from 'node:events';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readlink, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { StorageItem } from '../../../src/storage/storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required, tool } from '../../support/tools.ts';
import { listAll, openSource } from './local-helpers.ts';
import { asUnprivileged } from './unprivileged.ts';

describe('open', () => {
  it('tells the attributes at opening, not those of the list', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'f'), 'old');
    const source = await openSource(folder);
    const [item] = (await listAll(source)).items as [StorageItem];
    await writeFile(join(folder, 'f'), 'longer now');
    const opened = await source.open(item);
    expect(opened.item.size).toBe(10);
    expect((await buffer(opened.content)).toString()).toBe('longer now');
    expect(await opened.check()).toBeNull();
  });

  it('cuts a file that grows, and says that it changed', async () => {
    const { opened, path } = await opening('12345');
    await writeFile(path, '67890', { flag: 'a' });
    expect((await buffer(opened.content)).toString()).toBe('12345');
    expect(await opened.check()).toBe('changed while it was read');
  });

  it('ends early on a file that shrinks, and says by how much', async () => {
    const { opened, path } = await opening('1234567890');
    await truncate(path, 3);
    expect((await buffer(opened.content)).toString()).toBe('123');
    expect(await opened.check()).toBe('shrank from 10 to 3 bytes while it was read');
  });

  it('sees a change that keeps the size', async () => {
    const { opened, path } = await opening('12345');
    await writeFile(path, '54321');
    await utimes(path, 1_800_000_000, 1_800_000_000);
    await buffer(opened.content);
    expect(await opened.check()).toBe('changed while it was read');
  });

  it('reads to the end a file that is removed meanwhile', async () => {
    const { opened, path } = await opening('12345');
    await rm(path);
    expect((await buffer(opened.content)).toString()).toBe('12345');
    expect(await opened.check()).toBeNull();
  });

  it('has no verdict on what was not read to its end', async () => {
    const { opened } = await opening('12345');
    opened.content.destroy();
    expect(await opened.check()).toBe('was not read to its end');
  });

  it('fails on a file that vanished, or that became something else', async (context) => {
    const mkfifo = required(context, await tool('mkfifo'));
    const folder = await temporaryFolder();
    const names = ['directory', 'link', 'pipe', 'vanished'];
    await mkdir(join(folder, 'root'));
    for (const name of names) await writeFile(join(folder, 'root', name), name);
    await writeFile(join(folder, 'outside'), 'secret');
    const source = await openSource(join(folder, 'root'));
    const { items } = await listAll(source);
    for (const name of names) await rm(join(folder, 'root', name));
    await mkdir(join(folder, 'root', 'directory'));
    await symlink('../outside', join(folder, 'root', 'link'));
    await promisify(execFile)(mkfifo, [join(folder, 'root', 'pipe')]);
    const reasons = await Promise.all(
      items.map((item) => source.open(item).catch((error: Error) => error.message)),
    );
    expect(reasons).toEqual(['is no longer a file', 'became a symlink', 'is no longer a file', 'vanished']);
  });

  it('does not read a file outside, whose directory became a symlink', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside', 'f'), 'secret');
    await mkdir(join(folder, 'root', 'd'), { recursive: true });
    await writeFile(join(folder, 'root', 'd', 'f'), 'own');
    const source = await openSource(join(folder, 'root'));
    const item = (await listAll(source)).items[1] as StorageItem;
    await rm(join(folder, 'root', 'd'), { recursive: true });
    await symlink('../outside', join(folder, 'root', 'd'));
    await expect(source.open(item)).rejects.toThrow('a directory above it became a symlink');
  });

  it('fails on a file that may not be read', async (context) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'root'), { mode: 0o755 });
    await writeFile(join(folder, 'root', 'f'), 'x');
    await chmod(join(folder, 'root', 'f'), 0o000);
    const output = required(context, await asUnprivileged(folder, 'read', join(folder, 'root')));
    expect(output).toBe('f: permission denied\n');
  });

  it('reads a sparse file of 1 GiB in bounded memory, no faster than it is taken', async () => {
    const { opened } = await opening('', 2 ** 30);
    const before = process.memoryUsage();
    let total = 0;
    let most = 0;
    for await (const chunk of opened.content) {
      total += (chunk as Buffer).length;
      most = Math.max(most, opened.content.readableLength);
    }
    expect(total).toBe(2 ** 30);
    expect(await opened.check()).toBeNull();
    expect(most).toBeLessThanOrEqual(2 * 2 ** 20);
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(200 * 2 ** 20);
  });

  it('closes every file, read or not', async (context) => {
    if (process.platform !== 'linux') {
      console.warn(`skipped "${context.task.name}": only Linux lists open files in /proc`);
      return context.skip();
    }
    const { opened, path } = await opening('12345');
    const isOpen = async (): Promise<boolean> => {
      const descriptors = await readdir('/proc/self/fd');
      const paths = descriptors.map((descriptor) => readlink(`/proc/self/fd/${descriptor}`).catch(() => ''));
      return (await Promise.all(paths)).includes(path);
    };
    expect(await isOpen()).toBe(true);
    const closed = once(opened.content, 'close');
    opened.content.destroy();
    await closed;
    expect(await isOpen()).toBe(false);
    const again = await opening('12345');
    const closedAgain = once(again.opened.content, 'close');
    expect((await buffer(again.opened.content)).toString()).toBe('12345');
    await closedAgain;
  });
});

/** A file of its own, opened through a source. */
async function opening(content: string, size = content.length) {
  const folder = await temporaryFolder();
  const path = join(folder, 'f');
  await writeFile(path, content);
  if (size > content.length) await truncate(path, size);
  const source = await openSource(folder);
  const [item] = (await listAll(source)).items as [StorageItem];
  return { opened: await source.open(item), path };
}
