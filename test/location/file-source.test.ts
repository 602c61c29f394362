import { execFileSync } from 'node:child_process';
import { chmod, mkdir, open, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRange } from '../../src/core/byte-source.ts';
import { openFileSource } from '../../src/location/file-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, tool } from '../support/tools.ts';
import { withoutPrivileges } from './limits.ts';

describe('openFileSource', () => {
  it('reads any range, many at once', async () => {
    const path = join(await temporaryFolder(), 'archive.zip');
    const content = Buffer.from(Array.from({ length: 10_000 }, (_, at) => (at * 7) & 0xff));
    await writeFile(path, content);
    await using source = await disposable(path);
    expect([source.name, source.size]).toEqual([path, 10_000]);
    const starts = Array.from({ length: 100 }, (_, at) => at * 101);
    await Promise.all(
      starts.map(async (start) => {
        const target = Buffer.alloc(300);
        const expected = content.subarray(start, start + 300);
        expect(await source.read(target, start)).toBe(expected.length);
        expect(target.subarray(0, expected.length)).toEqual(expected);
      }),
    );
    expect(Buffer.concat(await Array.fromAsync(readRange(source, 0, source.size, 999)))).toEqual(content);
  });

  it('reads beyond 4 GiB', async () => {
    const path = join(await temporaryFolder(), 'big');
    const handle = await open(path, 'w');
    await handle.write('end', 2 ** 33);
    await handle.close();
    await using source = await disposable(path);
    const target = Buffer.alloc(10);
    expect(await source.read(target, 2 ** 33)).toBe(3);
    expect(target.subarray(0, 3).toString()).toBe('end');
  });

  it('takes an empty file and a link to a file', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'empty'), '');
    await symlink('empty', join(folder, 'link'));
    for (const name of ['empty', 'link']) {
      await using source = await disposable(join(folder, name));
      expect(source.size).toBe(0);
      expect(await source.read(Buffer.alloc(1), 0)).toBe(0);
    }
  });

  it('gives less where the file was cut since', async () => {
    const path = join(await temporaryFolder(), 'cut');
    await writeFile(path, 'ten bytes.');
    await using source = await disposable(path);
    await truncate(path, 4);
    expect(await source.read(Buffer.alloc(10), 0)).toBe(4);
  });

  it('names what it cannot take', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'directory'));
    await writeFile(join(folder, 'file'), '');
    await symlink('loop', join(folder, 'loop'));
    const cases = [
      ['missing', 'failed', 'does not exist'],
      ['file/below', 'failed', 'does not exist'],
      ['directory', 'usage', 'is a directory'],
      ['loop', 'failed', 'symlinks lead in a circle'],
      ['n'.repeat(300), 'failed', 'too long'],
      ['bad\u001b[31mname', 'failed', 'bad\\x1b[31mname'],
    ] as const;
    for (const [name, code, message] of cases) {
      await expect(openFileSource(join(folder, name))).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
        hint: expect.any(String),
      });
    }
  });

  it('refuses a named pipe without waiting for its writer', async (context) => {
    const path = join(await temporaryFolder(), 'pipe');
    execFileSync(required(context, await tool('mkfifo')), [path]);
    await expect(openFileSource(path)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(path),
      hint: expect.stringContaining('standard input'),
    });
  });

  it('says when permission is missing', async (context) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'secret');
    await writeFile(path, 'x');
    await chmod(path, 0o000);
    const attempt = await withoutPrivileges(folder, () =>
      openFileSource(path).catch((error: unknown) => error),
    );
    expect(required(context, attempt)).toMatchObject({
      code: 'failed',
      message: `There is no permission to read ${path}.`,
    });
  });
});

async function disposable(
  path: string,
): Promise<Awaited<ReturnType<typeof openFileSource>> & AsyncDisposable> {
  const source = await openFileSource(path);
  return Object.assign(source, { [Symbol.asyncDispose]: () => source.close() });
}
