import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, readlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryFolder, temporaryFolder } from '../../support/temporary-folder.ts';
import { cutOffAt } from './crashing.ts';
import { type Ending, isSwapping, recoverFrom, restoreTo } from './restore-steps.ts';

type Before = 'full' | 'empty' | 'missing';
type Way = 'directory' | 'children';

/** A directory in which somebody stands is not renamed. */
async function enter(way: Way, location: string): Promise<void> {
  if (way === 'children') process.chdir(location);
}

afterEach(() => process.chdir(tmpdir()));

interface Scene {
  readonly folder: string;
  readonly location: string;
  /** Beside the folder, as if on another disk. */
  readonly journal: string;
}

async function scene(before: Before, within = memoryFolder): Promise<Scene> {
  const folder = join(await within(), 'folder');
  const location = join(folder, 'to');
  await mkdir(before === 'missing' ? folder : location, { recursive: true });
  if (before === 'full') {
    await writeFile(join(location, 'same'), 'old same', { mode: 0o644 });
    await mkdir(join(location, 'o'));
    await writeFile(join(location, 'o', 'old'), 'old', { mode: 0o600 });
    for (const path of ['same', 'o/old', 'o'])
      await utimes(join(location, path), 1_300_000_000, 1_300_000_000);
  }
  return { folder, location, journal: `${folder}.json` };
}

/** Everything in a folder: path, type, mode, content, and time but for directories in which something is renamed. */
async function snapshot(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return Promise.all(
    names.toSorted().map(async (name) => {
      const path = join(folder, name);
      const stats = await lstat(path);
      const time = name === 'to' ? '' : stats.mtimeMs;
      const content = stats.isFile() ? await readFile(path, 'utf8') : '';
      const target = stats.isSymbolicLink() ? await readlink(path) : '';
      return [name, stats.mode.toString(8), target === '' ? time : '', content, target].join(' ');
    }),
  );
}

describe.each<[Way, Before]>([
  ['directory', 'full'],
  ['directory', 'empty'],
  ['directory', 'missing'],
  ['children', 'full'],
  ['children', 'empty'],
])('a restore that swaps a %s (%s before)', (way, before) => {
  const states = async (): Promise<{ old: string[]; new: string[] }> => {
    const { folder, location, journal } = await scene(before);
    const old = await snapshot(folder);
    await enter(way, location);
    await restoreTo(location, journal, 'drop');
    return { old, new: await snapshot(folder) };
  };

  const check = async (
    { folder, journal }: Scene,
    ending: Ending,
    expected: Awaited<ReturnType<typeof states>>,
  ) => {
    for (const _ of ['once', 'and again']) {
      const { state, warnings } = await recoverFrom(journal, ending);
      expect(await snapshot(folder)).toEqual(expected[state]);
      expect(warnings).toEqual([]);
    }
  };

  it.each<Ending>(['undo', 'drop'])(
    'is recovered wherever it is cut off, and the recovery too (%s)',
    async (ending) => {
      const expected = await states();
      expect(expected.old).not.toEqual(expected.new);
      const begin = async (n: number): Promise<Scene | null> => {
        const here = await scene(before);
        await enter(way, here.location);
        return (await cutOffAt(n, () => restoreTo(here.location, here.journal, ending))) ? here : null;
      };
      let points = 0;
      for (let n = 1; ; n += 1) {
        const first = await begin(n);
        if (first === null) break;
        points += 1;
        await check(first, ending, expected);
        if (!isSwapping(first.journal)) continue;
        for (let m = 1; ; m += 1) {
          const again = await begin(n);
          if (again === null) throw new Error('it came to its end');
          const recover = async (): Promise<void> => void (await recoverFrom(again.journal, ending));
          const wasCut = await cutOffAt(m, recover);
          if (!wasCut) break;
          points += 1;
          await check(again, ending, expected);
        }
      }
      expect(points).toBeGreaterThan(20);
    },
  );
});

describe.each<Way>(['directory', 'children'])('a process that is killed (%s)', (way) => {
  it.each([5, 16, 18, 20, 22, 24])(
    'at its change %i of the file system leaves what is recovered',
    async (n) => {
      const { folder, location, journal } = await scene('full', temporaryFolder);
      const old = await snapshot(folder);
      const program = join(import.meta.dirname, 'crash-main.ts');
      const args = [program, String(n), location, journal, 'undo'];
      const killed = promisify(execFile)(process.execPath, args, {
        cwd: way === 'children' ? location : folder,
      });
      await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
      expect(await snapshot(folder)).not.toEqual(old);
      const { warnings } = await recoverFrom(journal, 'undo');
      expect(await snapshot(folder)).toEqual(old);
      expect(warnings).toEqual([]);
    },
  );
});
