import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { messageOf } from '../../../src/core/errors.ts';
import { fromText } from '../../../src/storage/local/paths.ts';
import { removeTree } from '../../../src/storage/local/remove-tree.ts';
import { ChildrenSwap } from '../../../src/storage/local/swap-children.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type Found, required } from '../../support/tools.ts';
import { bytes, fileItem, listAll, openSource, openTarget } from './local-helpers.ts';

const TOKEN = '0123456789ab';
const run = promisify(execFile);

describe('ChildrenSwap', () => {
  it('swaps everything but what belongs to the file system', async () => {
    const { target, swap } = await staged(
      ['both', 'new'],
      ['both', 'old', 'lost+found', '.holdfast-staging-left'],
    );
    await swap.swap();
    expect(await contents(target)).toMatchObject({ both: 'new', new: 'new', 'lost+found': 'old' });
    await swap.drop();
    expect((await readdir(target)).toSorted()).toEqual([
      '.holdfast-staging-left',
      'both',
      'lost+found',
      'new',
    ]);
  });

  it('goes back to exactly the old state', async () => {
    const { target, swap } = await staged(['both', 'lost+found'], ['both', 'old', 'lost+found']);
    await swap.swap();
    expect(await contents(target)).toMatchObject({ both: 'new', 'lost+found': 'new' });
    await swap.undo();
    expect(await contents(target)).toMatchObject({ both: 'old', old: 'old', 'lost+found': 'old' });
    expect((await readdir(swap.staging)).toSorted()).toEqual(['both', 'lost+found']);
  });

  it('goes back when it fails half-way', async () => {
    // A staged child of this name puts the staging directory itself aside, so that the next move fails.
    const { target, swap } = await staged(['a', `.holdfast-staging-${TOKEN}`], ['a', 'b']);
    await expect(swap.swap()).rejects.toMatchObject({ code: 'failed' });
    expect(await contents(target)).toMatchObject({ a: 'old', b: 'old' });
    expect((await readdir(target)).toSorted()).toEqual([`.holdfast-staging-${TOKEN}`, 'a', 'b']);
    expect((await readdir(swap.staging)).toSorted()).toEqual([`.holdfast-staging-${TOKEN}`, 'a']);
  });
});

/** A directory with files that hold `old`, and a swap whose staging area has files that hold `new`. */
async function staged(
  incoming: readonly string[],
  present: readonly string[],
): Promise<{ target: string; swap: ChildrenSwap }> {
  const target = await temporaryFolder();
  const swap = new ChildrenSwap(target, TOKEN);
  await mkdir(swap.staging);
  for (const name of present) await writeFile(join(target, name), 'old');
  for (const name of incoming) await writeFile(join(swap.staging, name), 'new');
  return { target, swap };
}

async function contents(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isFile()) found[entry.name] = await readFile(join(directory, entry.name), 'utf8');
  }
  return found;
}

describe('a target that is a mount point', () => {
  for (const kind of ['tmpfs', 'bind'] as const) {
    it(`is restored in place (${kind})`, async (context) => {
      const to = required(context, await mounted(kind));
      await chmod(to, 0o2770);
      await mkdir(join(to, 'lost+found'));
      const target = await openTarget(to);
      expect(await target.isEmpty()).toBe(true);
      expect(await target.preflight({ bytes: 1, files: 1 })).toEqual([]);
      await target.begin();
      await target.put(fileItem('f'), bytes('x'));
      await target.finish(null);
      await target.swap();
      await target.discard();
      await target.undo();
      expect(await (await openTarget(to)).isEmpty()).toBe(true);
      await target.swap();
      await target.drop();
      expect((await readdir(to)).toSorted()).toEqual(['f', 'lost+found']);
      expect((await stat(to)).mode & 0o7777).toBe(0o2770);
      expect((await readdir(dirname(to))).filter((name) => name.includes('holdfast'))).toEqual([]);
    });
  }

  it('is read without its lost+found', async (context) => {
    const to = required(context, await mounted('tmpfs'));
    await mkdir(join(to, 'lost+found'));
    await mkdir(join(to, 'sub', 'lost+found'), { recursive: true });
    const reporter = recordingReporter();
    const { paths } = await listAll(await openSource(to, reporter));
    expect(paths).toEqual(['sub', 'sub/lost+found']);
    expect(reporter.details).toEqual(['left out lost+found, which belongs to the file system']);
  });

  it('is not removed along with a directory around it', async (context) => {
    const mount = required(context, await mounted('tmpfs'));
    await writeFile(join(mount, 'f'), 'kept');
    await expect(removeTree(fromText(dirname(mount)))).rejects.toThrow(/to: it is a mount point$/);
    expect(await readdir(mount)).toEqual(['f']);
  });
});

/** The path of a file system of its own, or of a directory that is mounted a second time, for the present test. */
async function mounted(kind: 'tmpfs' | 'bind'): Promise<Found<string>> {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0)
    return { reason: 'only root on Linux can mount' };
  const folder = await temporaryFolder();
  const [other, to] = [join(folder, 'other'), join(folder, 'to')];
  await mkdir(other);
  await mkdir(to);
  const args = kind === 'bind' ? ['--bind', other, to] : ['-t', 'tmpfs', 'holdfast-test', to];
  const failure = await run('mount', args).then(
    () => null,
    (error: unknown) => messageOf(error),
  );
  if (failure !== null) return { reason: failure };
  onTestFinished(() => run('umount', [to]).then(() => {}));
  return { value: to };
}
