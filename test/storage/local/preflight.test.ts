import { chmod, lstat, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required } from '../../support/tools.ts';
import { openTarget } from './local-helpers.ts';
import { asUnprivileged } from './unprivileged.ts';

describe('preflight', () => {
  const preflight = async (location: string, bytesNeeded = 1, files = 1): Promise<string[]> => {
    const problems = await (await openTarget(location)).preflight({ bytes: bytesNeeded, files });
    return problems.map(({ message, hint }) => `${message}; ${hint}`);
  };

  it('has nothing against a missing or empty directory', async () => {
    const folder = await temporaryFolder();
    expect(await preflight(folder)).toEqual([]);
    expect(await preflight(join(folder, 'to'))).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('names a directory above it that is missing, with the command that makes it', async () => {
    const folder = await temporaryFolder();
    const parent = join(folder, 'no', 'where');
    expect(await preflight(join(parent, 'to'))).toEqual([
      `storage uploads: the directory ${parent} does not exist; mkdir -p ${parent}`,
    ]);
  });

  it('refuses a file and a broken link', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await symlink('nowhere', join(folder, 'link'));
    expect(await preflight(join(folder, 'file'))).toEqual([
      expect.stringContaining('file is not a directory'),
    ]);
    expect(await preflight(join(folder, 'file', 'to'))).toEqual([
      expect.stringContaining('file is not a directory'),
    ]);
    expect(await preflight(join(folder, 'link'))).toEqual([
      expect.stringContaining('link is a symlink to nothing'),
    ]);
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('');
  });

  it('sees that there is too little room', async () => {
    const folder = await temporaryFolder();
    expect(await preflight(join(folder, 'to'), 2 ** 60)).toEqual([
      expect.stringMatching(/are needed in .* are free/),
    ]);
    expect(await preflight(join(folder, 'to'), 0, 2 ** 48)).not.toEqual([]);
  });

  it('sees that it may not write', async (context) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'closed'));
    await chmod(join(folder, 'closed'), 0o500);
    const output = required(context, await asUnprivileged(folder, 'preflight', join(folder, 'closed', 'to')));
    expect(output).toMatch(
      /^storage uploads: cannot write in the directory .*closed: permission denied; run /,
    );
  });
});
