import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openFileReader } from '../../../src/storage/file-readers.ts';
import type { FileReader } from '../../../src/storage/storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required, tool } from '../../support/tools.ts';
import { bytePath, openSource } from './local-helpers.ts';

const target = Buffer.alloc(100);

async function readerOf(folder: string): Promise<FileReader> {
  const source = await openSource(folder);
  return openFileReader('local', source.threaded?.place);
}

/** The content of a path as a reader gives it, or null. */
function read(reader: FileReader, path: string): string | null {
  const facts = reader.read(path, target);
  return facts === null ? null : target.toString('latin1', 0, facts.size);
}

describe('reading small files at once', () => {
  it('gives content and attributes, whatever the bytes of the name', async (context) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'd', 'e'), { recursive: true });
    await writeFile(join(folder, 'd', 'e', 'f'), 'deep', { mode: 0o600 });
    await chmod(join(folder, 'd', 'e', 'f'), 0o4751);
    await utimes(join(folder, 'd', 'e', 'f'), 1_700_000_000.25, 1_700_000_000.25);
    await writeFile(join(folder, 'top'), 'top');
    await writeFile(join(folder, 'empty'), '');
    const reader = await readerOf(folder);
    expect(reader.read('d/e/f', target)).toMatchObject({
      size: 4,
      mode: 0o104_751,
      mtimeNs: 1_700_000_000_250_000_000n,
    });
    expect(['top', 'd/e/f', 'empty'].map((path) => read(reader, path))).toEqual(['top', 'deep', '']);
    if (process.platform !== 'linux') return context.skip();
    await writeFile(bytePath(folder, Buffer.from([0x80, 0xff])), 'bytes');
    expect(read(reader, '\u0080\u00ff')).toBe('bytes');
  });

  it('leaves alone what is too large, gone, or no file any more', async (context) => {
    const mkfifo = required(context, await tool('mkfifo'));
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'large'), 'x'.repeat(101));
    await writeFile(join(folder, 'outside'), 'secret');
    await mkdir(join(folder, 'directory'));
    await symlink('outside', join(folder, 'link'));
    await promisify(execFile)(mkfifo, [join(folder, 'pipe')]);
    const reader = await readerOf(folder);
    for (const path of ['large', 'directory', 'link', 'pipe', 'gone', 'no/directory', 'outside/x'])
      expect(read(reader, path)).toBeNull();
    expect(read(reader, 'outside')).toBe('secret');
  });

  it('does not follow a directory that became a symlink, be it to one inside', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside', 'f'), 'secret');
    for (const name of ['d', 'e', 'other']) {
      await mkdir(join(folder, 'root', name), { recursive: true });
      await writeFile(join(folder, 'root', name, 'f'), name);
    }
    const reader = await readerOf(join(folder, 'root'));
    for (const [name, to] of [
      ['d', '../outside'],
      ['e', 'other'],
    ] as const) {
      await rm(join(folder, 'root', name), { recursive: true });
      await symlink(to, join(folder, 'root', name));
    }
    expect(read(reader, 'd/f')).toBeNull();
    // Elsewhere than on Linux a path tells no more than where it leads.
    if (process.platform === 'linux') expect(read(reader, 'e/f')).toBeNull();
    expect(read(reader, 'other/f')).toBe('other');
  });

  it('stays in a directory while it reads its files, whatever takes its place', async (context) => {
    if (process.platform !== 'linux') return context.skip();
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'root', 'd'), { recursive: true });
    for (const name of ['a', 'b']) await writeFile(join(folder, 'root', 'd', name), `own ${name}`);
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside', 'b'), 'secret');
    const reader = await readerOf(join(folder, 'root'));
    expect(read(reader, 'd/a')).toBe('own a');
    await rename(join(folder, 'root', 'd'), join(folder, 'root', 'moved'));
    await symlink('../outside', join(folder, 'root', 'd'));
    expect(read(reader, 'd/b')).toBe('own b');
    reader.rest();
    expect(read(reader, 'd/b')).toBeNull();
  });

  it('keeps nothing open when it rests', async (context) => {
    if (process.platform !== 'linux') return context.skip();
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'd'));
    await writeFile(join(folder, 'd', 'f'), 'x');
    const reader = await readerOf(folder);
    const before = (await readdir('/proc/self/fd')).length;
    for (const path of ['d/f', 'd/gone', 'f', 'd/f']) reader.read(path, target);
    reader.rest();
    expect((await readdir('/proc/self/fd')).length).toBe(before);
  });
});
