import { lstat, mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';
import { sampleArchive } from './sample.ts';

const env = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' };

async function writeSample(): Promise<{ folder: string; path: string }> {
  const folder = await temporaryFolder();
  const path = join(folder, 'sample.zip');
  await writeFile(path, await sampleArchive());
  return { folder, path };
}

/** Checks what a program unpacked: contents, names, links, empty directories. */
async function checkUnpacked(folder: string): Promise<void> {
  const uploads = join(folder, 'storage', 'uploads');
  expect(await readFile(join(uploads, 'a.txt'), 'utf8')).toBe('hello '.repeat(1000));
  expect(await readFile(join(uploads, 'Ünïcode – 🎉.txt'), 'utf8')).toBe('party!');
  expect(await readFile(join(uploads, 'deep', '%61.txt'), 'utf8')).toBe('lower');
  expect(await readFile(join(uploads, 'latin1-%E9%FF'), 'utf8')).toBe('bytes');
  expect(await readlink(join(uploads, 'link'))).toBe('deep/a.txt');
  expect((await lstat(join(uploads, 'empty folder'))).isDirectory()).toBe(true);
}

describe('other programs take an archive', () => {
  const checks: [string, string[]][] = [
    ['unzip', ['-tq']],
    ['7z', ['t', '-bso0']],
    ['bsdtar', ['-tf']],
    ['python3', ['-c', 'import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip())']],
  ];
  for (const [name, args] of checks) {
    it(`${name} reads it`, async (context) => {
      const program = required(context, await tool(name));
      const { path } = await writeSample();
      await runTool(program, [...args, path], { env });
    });
  }

  it('unzip unpacks it, and sha256sum checks it', async (context) => {
    const unzip = required(context, await tool('unzip'));
    const sha256sum = required(context, await tool('sha256sum'));
    const { folder, path } = await writeSample();
    await runTool(unzip, ['-q', path, '-d', folder], { env });
    await checkUnpacked(folder);
    const file = await stat(join(folder, 'storage', 'uploads', 'a.txt'));
    expect(file.mode & 0o7777).toBe(0o640);
    expect(file.mtime).toEqual(new Date('2026-01-02T03:04:06Z'));
    expect((await stat(join(folder, 'restore.sh'))).mode & 0o7777).toBe(0o755);
    const { stdout } = await runTool(sha256sum, ['-c', '--strict', 'SHA256SUMS'], { cwd: folder });
    const lines = stdout.toString().trim().split('\n');
    expect(lines.every((line) => line.endsWith(': OK'))).toBe(true);
    // 5 of the database, 10 files and their index, 2 of the kit.
    expect(lines).toHaveLength(18);
    await writeFile(join(folder, 'storage', 'uploads', 'a.txt'), 'changed');
    await expect(runTool(sha256sum, ['-c', '--quiet', 'SHA256SUMS'], { cwd: folder })).rejects.toThrow(
      'computed checksum did NOT match',
    );
  });

  it('bsdtar unpacks it', async (context) => {
    const bsdtar = required(context, await tool('bsdtar'));
    const { folder, path } = await writeSample();
    await runTool(bsdtar, ['-xf', path, '-C', folder], { env });
    await checkUnpacked(folder);
  });

  it('7z unpacks it', async (context) => {
    const sevenZip = required(context, await tool('7z'));
    const { folder, path } = await writeSample();
    await mkdir(join(folder, 'out'));
    await runTool(sevenZip, ['x', '-bso0', '-snl', `-o${join(folder, 'out')}`, path], { env });
    const uploads = join(folder, 'out', 'storage', 'uploads');
    expect(await readFile(join(uploads, 'Ünïcode – 🎉.txt'), 'utf8')).toBe('party!');
  });
});
