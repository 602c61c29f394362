import { chmod, chown, lstat, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required, runTool, tool } from '../../support/tools.ts';
import { openTarget } from './local-helpers.ts';
import { mounted } from './mounted.ts';
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

  it('sees a file system that is mounted read-only, to root as well', async (context) => {
    const to = required(context, await mounted('tmpfs', 'ro'));
    expect(await preflight(to)).toEqual([
      `storage uploads: cannot write in the directory ${to}: read-only file system; ` +
        'mount its file system writable (mount -o remount,rw), or name another directory',
    ]);
    expect(await preflight(join(to, 'sub'))).toEqual([expect.stringContaining('read-only file system')]);
  });

  it('sees what is marked immutable', async (context) => {
    const chattr = required(context, await tool('chattr'));
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'to', 'd', 'e'), { recursive: true });
    await writeFile(join(folder, 'to', 'd', 'e', 'f'), '');
    const mark = (sign: string, path: string) => runTool(chattr, [`${sign}i`, path]);
    for (const path of [join(folder, 'to'), join(folder, 'to', 'd', 'e')]) {
      required(
        context,
        await mark('+', path).then(
          () => ({ value: true }),
          (error: Error) => ({ reason: error.message }),
        ),
      );
      try {
        expect(await preflight(join(folder, 'to'))).toEqual([
          `storage uploads: ${path} cannot be replaced: operation not permitted; it is marked immutable: chattr -i ${path}`,
        ]);
      } finally {
        await mark('-', path);
      }
    }
    await mark('+', folder);
    try {
      expect(await preflight(join(folder, 'new'))).toEqual([
        expect.stringMatching(/operation not permitted; .*chattr -i/),
      ]);
    } finally {
      await mark('-', folder);
    }
  });

  for (const kind of ['tmpfs', 'bind'] as const)
    it(`names what is mounted in it (${kind})`, async (context) => {
      const to = required(context, await mounted(kind));
      await writeFile(join(to, 'f'), 'kept');
      expect(await preflight(dirname(to))).toEqual([
        `storage uploads: ${to} is a mount point: what is mounted there would have to be replaced too; umount ${to}`,
      ]);
      expect(await preflight(to)).toEqual([]);
    });

  it('sees what may not be removed, and tells all of it at once', async (context) => {
    if (process.geteuid?.() !== 0) {
      console.warn(`skipped "${context.task.name}": only root can make what belongs to others`);
      return context.skip();
    }
    const folder = await temporaryFolder();
    const [to, sticky, work] = ['to', 'sticky', 'work'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await mkdir(work);
    await mkdir(join(to, 'empty'), { recursive: true });
    await mkdir(join(to, 'foreign'));
    await writeFile(join(to, 'foreign', 'f'), '');
    await mkdir(join(to, 'own'), { mode: 0o500 });
    await mkdir(join(sticky, 'to'), { recursive: true });
    await chmod(sticky, 0o1777);
    for (const path of [folder, to, join(to, 'own')]) await chown(path, 65_534, 65_534);
    const preflightAsNobody = async (...args: string[]) =>
      required(context, await asUnprivileged(work, 'preflight', ...args));
    expect((await preflightAsNobody(to, String(2 ** 60))).split('\n')).toEqual([
      `storage uploads: ${join(to, 'foreign')} cannot be replaced: permission denied; run holdfast as a user who may`,
      expect.stringMatching(/are needed in/),
      '',
    ]);
    expect(await preflightAsNobody(join(sticky, 'to'))).toBe(
      `storage uploads: ${join(sticky, 'to')} cannot be replaced: it belongs to another user, in a sticky directory; ` +
        'run holdfast as its owner or as root\n',
    );
  });
});
