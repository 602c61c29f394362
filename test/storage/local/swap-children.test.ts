import fs from 'node:fs';
import { chmod, mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findFacts } from '../../../src/storage/local/facts.ts';
import { fromText } from '../../../src/storage/local/paths.ts';
import { removeTree } from '../../../src/storage/local/remove-tree.ts';
import { ChildrenSwap } from '../../../src/storage/local/swap-children.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required } from '../../support/tools.ts';
import { bytes, fileItem, listAll, openSource, openTarget, putAll, writeLater } from './local-helpers.ts';
import { mounted } from './mounted.ts';

const TOKEN = '0123456789ab';

describe('ChildrenSwap', () => {
  it('swaps everything but what belongs to the file system', async () => {
    const { target, swap, facts } = await staged(
      ['both', 'new'],
      ['both', 'old', 'lost+found', '.holdfast-staging-000000000000', `.holdfast-journal-${TOKEN}.json`],
    );
    await swap.swap(facts);
    expect(await contents(target)).toMatchObject({ both: 'new', new: 'new', 'lost+found': 'old' });
    await swap.finish(facts);
    expect((await readdir(target)).toSorted()).toEqual([
      `.holdfast-journal-${TOKEN}.json`,
      '.holdfast-staging-000000000000',
      'both',
      'lost+found',
      'new',
    ]);
  });

  it.each([['lost+found'], []])(
    'goes back to exactly the old state, with %j there before',
    async (...there) => {
      const { target, swap, facts } = await staged(['both', 'lost+found'], ['both', 'old', ...there]);
      const before = await contents(target);
      await swap.swap(facts);
      expect(await contents(target)).toEqual({ both: 'new', 'lost+found': 'new' });
      await swap.undo(facts);
      expect(await contents(target)).toEqual(before);
      expect((await readdir(target)).toSorted()).toEqual(Object.keys(before).toSorted());
    },
  );

  it('keeps what has come in the place of something it brings back', async () => {
    const { target, swap, facts, reporter } = await staged(['new'], ['a', 'b']);
    await mkdir(join(target, `.holdfast-old-${TOKEN}`));
    await rename(join(target, 'a'), join(target, `.holdfast-old-${TOKEN}`, 'a'));
    await rename(join(target, 'b'), join(target, `.holdfast-old-${TOKEN}`, 'b'));
    await writeFile(join(target, 'a'), 'written meanwhile');
    await mkdir(join(target, 'b'));
    await swap.undo(facts);
    expect(await contents(target)).toEqual({ a: 'old', b: 'old' });
    const kept = join(target, `${basename(target)}.holdfast-kept-${TOKEN}`);
    expect(await contents(kept)).toEqual({ a: 'written meanwhile' });
    expect(reporter.warnings).toEqual([expect.stringContaining(kept)]);
  });

  it('replaces nothing that appears while it works', async () => {
    const { target, swap, facts, reporter } = await staged(['a'], ['b']);
    const { rename: renameNow } = fs.promises;
    onTestFinished(() => setRename(renameNow));
    setRename(async (from, to) => {
      await renameNow(from, to);
      if (to.toString().endsWith(`.holdfast-incoming-${TOKEN}`)) {
        await writeLater(join(target, 'a'), 'written meanwhile', facts);
      }
    });
    await expect(swap.swap(facts)).rejects.toThrow(/a appeared while the files were put in place\.$/);
    await swap.undo(facts);
    expect(await contents(target)).toEqual({ b: 'old' });
    const kept = join(target, `${basename(target)}.holdfast-kept-${TOKEN}`);
    expect(await contents(kept)).toEqual({ a: 'written meanwhile' });
    expect(reporter.warnings).toEqual([expect.stringContaining(join(kept, 'a'))]);
  });
});

function setRename(replacement: typeof fs.promises.rename): void {
  fs.promises.rename = replacement;
  syncBuiltinESMExports();
}

/** A directory with files that hold `old`, and a swap whose staging area has files that hold `new`. */
async function staged(incoming: readonly string[], present: readonly string[]) {
  const target = await temporaryFolder();
  const reporter = recordingReporter();
  const swap = new ChildrenSwap({ target, token: TOKEN, replace: true, reporter });
  await mkdir(swap.staging);
  for (const name of present) await writeFile(join(target, name), 'old');
  for (const name of incoming) await writeFile(join(swap.staging, name), 'new');
  await chmod(swap.staging, 0o700);
  return { target, swap, reporter, facts: await findFacts(swap, target) };
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
      expect(await readdir(to)).toEqual(['lost+found']);
      await putAll(to, [fileItem('f')]);
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
    expect((await readdir(dirname(mount))).toSorted()).toEqual(['other', 'to']);
  });
});
