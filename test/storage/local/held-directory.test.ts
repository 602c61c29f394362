import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HeldDirectory } from '../../../src/storage/local/held-directory.ts';
import { fromText } from '../../../src/storage/local/paths.ts';
import { removeTree } from '../../../src/storage/local/remove-tree.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A folder with a directory `mine` and a directory `theirs`, a file `f` in each. */
async function folders(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ['mine', 'theirs']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'f'), name);
  }
  return folder;
}

describe('a directory that is held', () => {
  it('stays the one it was when a symlink takes its place', async (context) => {
    if (process.platform !== 'linux') {
      console.warn(
        `skipped "${context.task.name}": only on Linux a descriptor can be the beginning of a path`,
      );
      return context.skip();
    }
    const folder = await folders();
    await using held = await HeldDirectory.open(fromText(join(folder, 'mine')));
    await rename(join(folder, 'mine'), join(folder, 'moved'));
    await symlink('theirs', join(folder, 'mine'));
    expect(await readFile(held.to('f'), 'utf8')).toBe('mine');
    expect(await Array.fromAsync(held.list())).toEqual([{ name: 'f', isDirectory: false }]);
  });

  it('is never what a symlink leads to', async (context) => {
    if (process.platform === 'win32') return context.skip('Windows holds no directories');
    const folder = await folders();
    await symlink('theirs', join(folder, 'link'));
    await expect(HeldDirectory.open(fromText(join(folder, 'link')))).rejects.toThrow(/ENOTDIR|ELOOP/);
    await expect(removeTree(fromText(join(folder, 'link')))).rejects.toThrow(/link: it is not a directory$/);
    expect(await readdir(join(folder, 'theirs'))).toEqual(['f']);
  });
});
