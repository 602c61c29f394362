import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { ItemProblem, StorageItem } from '../storage.ts';
import type { Accounts } from './accounts.ts';
import { attributesOf } from './attributes.ts';
import { leadsOut } from './confine.ts';
import { LOST_AND_FOUND } from './mount-points.ts';
import { isNoContent, isOwnName } from './own-names.ts';
import { type BytePath, toBytes } from './paths.ts';
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
  readonly names: readonly string[];
  next: number;
  seen: Seen[];
}

/** What was found at a path: an item, or why there is none. */
type Seen =
  | { readonly item: StorageItem }
  | { readonly path: Buffer; readonly problem: string }
  | { readonly path: Buffer; readonly skipped: string };

/**
 * Everything below the root, depth first, siblings by their bytes. Holds the names of the directories on the way down
 * and nothing else; paths longer than the system takes (4096 bytes on Linux) are reported as problems.
 */
export async function* walk(
  options: WalkOptions,
  onProblem: (problem: ItemProblem) => void,
): AsyncGenerator<StorageItem, void, void> {
  const levels: Level[] = [];
  const enter = async (prefix: BytePath): Promise<void> => {
    try {
      levels.push({ prefix, names: await namesIn(options, prefix, onProblem), next: 0, seen: [] });
    } catch (error) {
      if (prefix === '') {
        throw new HoldfastError('failed', `cannot list the storage directory: ${reasonOf(error)}`, {
          cause: error,
        });
      }
      onProblem({ path: toBytes(prefix.slice(0, -1)), reason: reasonOf(error) });
    }
  };
  await enter('');
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    options.signal.throwIfAborted();
    if (level.seen.length === 0) await look(options, level);
    const seen = level.seen.shift();
    if (seen === undefined) {
      levels.pop();
    } else if ('problem' in seen) {
      onProblem({ path: seen.path, reason: seen.problem });
    } else if ('skipped' in seen) {
      options.reporter.warning(`skipped ${printable(seen.path)}: it is ${seen.skipped}`);
    } else {
      yield seen.item;
      if (seen.item.type === 'directory') await enter(`${seen.item.path.toString('latin1')}/`);
    }
  }
}

async function namesIn(
  options: WalkOptions,
  prefix: BytePath,
  onProblem: (problem: ItemProblem) => void,
): Promise<string[]> {
  const path = `${options.root}/${prefix}`;
  const names = await readdir(toBytes(path), 'latin1');
  if (await leadsOut(options.root, path)) throw new Error('a directory above it became a symlink');
  names.sort();
  return prefix === '' ? names.filter((name) => !isLeftOut(options, name, onProblem)) : names;
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
    const paths = names
      .map((name) => toBytes(level.prefix + name))
      .filter((path) => !options.exclude(path.toString('utf8')));
    level.seen = await Promise.all(paths.map((path) => lookAt(options, path)));
  }
}

async function lookAt(options: WalkOptions, path: Buffer): Promise<Seen> {
  const fullPath = toBytes(`${options.root}/${path.toString('latin1')}`);
  try {
    const stats = await lstat(fullPath, { bigint: true });
    const attributes = attributesOf(stats, options.accounts);
    if (stats.isFile()) return { item: { type: 'file', path, size: Number(stats.size), ...attributes } };
    if (stats.isDirectory()) return { item: { type: 'directory', path, size: 0, ...attributes } };
    if (!stats.isSymbolicLink()) return { path, skipped: nameOfType(stats) };
    const target = await readlink(fullPath, 'buffer');
    return { item: { type: 'symlink', path, size: 0, ...attributes, target } };
  } catch (error) {
    return { path, problem: reasonOf(error) };
  }
}

function nameOfType(stats: BigIntStats): string {
  if (stats.isSocket()) return 'a socket';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isBlockDevice() ? 'a block device' : 'a character device';
}
