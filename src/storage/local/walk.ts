import type { BigIntStats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { HoldfastError, systemCodeOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { ItemProblem, ListedItem, StorageItem } from '../storage.ts';
import type { Accounts } from './accounts.ts';
import { attributesOf } from './attributes.ts';
import { leadsOut } from './confine.ts';
import { LOST_AND_FOUND } from './mount-points.ts';
import { type Name, readNames } from './names.ts';
import { isNoContent, isOwnName } from './own-names.ts';
import { type BytePath, fromBytes, toBytes } from './paths.ts';
import { reasonOf } from './reason.ts';

/** How many entries are looked at together: system calls then overlap in Node's thread pool. */
const BATCH = 64;

export interface WalkOptions {
  /** The real path of the directory to walk. */
  readonly root: BytePath;
  /** Leave out the file system's own `lost+found` in the root, as what restores have left there always is. */
  readonly skipLostAndFound: boolean;
  readonly accounts: Accounts;
  readonly exclude: (path: string) => boolean;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** A directory being walked: its path below the root with a slash after it (empty for the root), its entries to come. */
interface Level {
  readonly prefix: BytePath;
  readonly names: readonly Name[];
  next: number;
  seen: ListedItem[];
}

/**
 * Everything below the root, depth first, siblings by their bytes. Holds the names of the directories on the way down
 * and nothing else; paths longer than the system takes (4096 bytes on Linux) are reported as problems.
 */
export async function* walk(
  options: WalkOptions,
  onProblem: (problem: ItemProblem) => void,
): AsyncGenerator<StorageItem, void, void> {
  for await (const run of walkRuns(options, false)) {
    for (const listed of run) {
      if ('item' in listed) yield listed.item;
      else if ('problem' in listed) onProblem(listed.problem);
    }
  }
}

/**
 * The same in runs of neighbours.
 * @param leavesFiles whether what a directory calls a file is not looked at
 */
export async function* walkRuns(
  options: WalkOptions,
  leavesFiles: boolean,
): AsyncGenerator<readonly ListedItem[], void, void> {
  const levels: Level[] = [];
  /** Begins with a directory, and gives what is to be said of it. */
  const enter = async (prefix: BytePath): Promise<ListedItem[]> => {
    const problems: ListedItem[] = [];
    try {
      const names = await namesIn(options, prefix, leavesFiles, (problem) => problems.push({ problem }));
      levels.push({ prefix, names, next: 0, seen: [] });
    } catch (error) {
      if (prefix === '') {
        throw new HoldfastError('failed', `cannot list the storage directory: ${reasonOf(error)}`, {
          cause: error,
        });
      }
      problems.push({ problem: { path: toBytes(prefix.slice(0, -1)), reason: reasonOf(error) } });
    }
    return problems;
  };
  yield await enter('');
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    options.signal.throwIfAborted();
    if (level.seen.length === 0) await look(options, level);
    if (level.seen.length === 0) levels.pop();
    const directory = level.seen.findIndex((listed) => 'item' in listed && listed.item.type === 'directory');
    const run = level.seen.splice(0, directory === -1 ? level.seen.length : directory + 1);
    yield run;
    const last = run.at(-1);
    if (directory === -1 || last === undefined || !('item' in last)) continue;
    yield await enter(`${fromBytes(last.item.path)}/`);
  }
}

/**
 * Looks at one path.
 * @returns null for what is left out with a warning
 */
export async function lookAt(options: WalkOptions, path: Buffer): Promise<ListedItem | null> {
  const fullPath = toBytes(`${options.root}/${fromBytes(path)}`);
  try {
    const stats = await lstat(fullPath, { bigint: true });
    const attributes = attributesOf(stats, options.accounts);
    if (stats.isFile()) return { item: { type: 'file', path, size: Number(stats.size), ...attributes } };
    if (stats.isDirectory()) return { item: { type: 'directory', path, size: 0, ...attributes } };
    if (stats.isSymbolicLink()) {
      const target = await targetOf(fullPath);
      return { item: { type: 'symlink', path, size: 0, ...attributes, target } };
    }
    options.reporter.warning(`skipped ${printable(path)}: it is ${nameOfType(stats)}`);
    return null;
  } catch (error) {
    return { problem: { path, reason: reasonOf(error) } };
  }
}

async function targetOf(symlink: Buffer): Promise<Buffer> {
  try {
    return await readlink(symlink, 'buffer');
  } catch (error) {
    if (systemCodeOf(error) === 'EINVAL') throw new Error('no longer a symlink', { cause: error });
    throw error;
  }
}

async function namesIn(
  options: WalkOptions,
  prefix: BytePath,
  withTypes: boolean,
  onProblem: (problem: ItemProblem) => void,
): Promise<Name[]> {
  const path = `${options.root}/${prefix}`;
  const names = await readNames(path, withTypes);
  if (await leadsOut(options.root, path)) throw new Error('a directory above it became a symlink');
  return prefix === '' ? names.filter(({ name }) => !isLeftOut(options, name, onProblem)) : names;
}

/** True for what lies in the root and is no content of it. */
function isLeftOut(
  { skipLostAndFound, reporter }: WalkOptions,
  name: BytePath,
  onProblem: (problem: ItemProblem) => void,
): boolean {
  if (skipLostAndFound && name === LOST_AND_FOUND) {
    reporter.detail(`left out ${LOST_AND_FOUND}, which belongs to the file system`);
    return true;
  }
  if (!isOwnName(name)) return false;
  const reason = 'a restore into this directory was not finished; holdfast restore --recover settles it';
  // Staging and journals say nothing of the rest; the others hold a part of what should be here.
  if (isNoContent(name)) reporter.warning(`left out ${name}: ${reason}`);
  else onProblem({ path: toBytes(name), reason });
  return true;
}

/** Looks at the next entries of a level; leaves `seen` empty at its end. */
async function look(options: WalkOptions, level: Level): Promise<void> {
  while (level.seen.length === 0 && level.next < level.names.length) {
    const names = level.names.slice(level.next, level.next + BATCH);
    level.next += names.length;
    const seen = names.map(({ name, isFile }) => {
      const path = level.prefix + name;
      if (options.exclude(toBytes(path).toString('utf8'))) return null;
      return isFile ? { unread: path } : lookAt(options, toBytes(path));
    });
    level.seen = (await allOf(seen)).filter((listed) => listed !== null);
  }
}

/** Waits for nothing where there is nothing to wait for: most runs have files only. */
async function allOf<T>(values: readonly (T | Promise<T>)[]): Promise<T[]> {
  const isReady = (value: T | Promise<T>): value is T => !(value instanceof Promise);
  return values.every(isReady) ? [...values] : Promise.all(values);
}

function nameOfType(stats: BigIntStats): string {
  if (stats.isSocket()) return 'a socket';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isBlockDevice() ? 'a block device' : 'a character device';
}
