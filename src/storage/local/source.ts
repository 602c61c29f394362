import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { ListedItem, StorageSource, StorageSourceOptions } from '../storage.ts';
import { readAccounts } from './accounts.ts';
import { attributesOf, attributesOfFacts } from './attributes.ts';
import { isMountPoint } from './mount-points.ts';
import { openFile } from './opened-file.ts';
import { fromBytes, fromText, toBytes } from './paths.ts';
import { isMissing, reasonOf } from './reason.ts';
import { lookAt, walk, walkRuns, type WalkOptions } from './walk.ts';

/** Small files only: a larger one takes the disk's time as it is read. */
const AHEAD_BYTES = 64 * 1024;
const AHEAD_FILES = 16;

/**
 * Opens a directory for reading. The directory itself may be named by a symlink; links inside are never followed.
 * A file with several hard links is listed under each of its names, as a file of its own. Other file systems that are
 * mounted below are read too, as tar and rsync do.
 * @throws HoldfastError `failed` when it does not exist, is no directory, or may not be read
 */
export async function openLocalSource(options: StorageSourceOptions): Promise<StorageSource> {
  const name = resolve(options.location);
  const root = await openRoot(name);
  const accounts = await readAccounts();
  const directory = { root: fromText(root), accounts, signal: options.signal };
  const skipLostAndFound = await isMountPoint(root);
  const stats = await stat(root, { bigint: true });
  const { exclude, reporter } = options;
  const walkOptions: WalkOptions = { ...directory, skipLostAndFound, exclude, reporter };
  return {
    name,
    root: attributesOf(stats, accounts),
    readAhead: {
      files: AHEAD_FILES,
      bytes: AHEAD_FILES * AHEAD_BYTES,
      holds: (size) => (size <= AHEAD_BYTES ? size : null),
    },
    list: (onProblem) => walk(walkOptions, onProblem),
    threaded: {
      place: directory.root,
      list: () => walkRuns(walkOptions, true),
      look: (path) => lookAtFile(walkOptions, toBytes(path)),
      item: (path, facts) => ({
        type: 'file',
        path: toBytes(path),
        size: facts.size,
        ...attributesOfFacts(facts, accounts),
      }),
    },
    open: (item) => openFile(directory, fromBytes(item.path)),
    async isReplaced() {
      const { dev, ino } = await stat(root, { bigint: true }).catch(() => ({ dev: null, ino: null }));
      return dev !== stats.dev || ino !== stats.ino;
    },
    close: async () => {},
  };
}

/** Looks at what its directory calls a file. */
async function lookAtFile(options: WalkOptions, path: Buffer): Promise<ListedItem | null> {
  const listed = await lookAt(options, path);
  // Nobody would list what it holds.
  return listed !== null && 'item' in listed && listed.item.type === 'directory'
    ? { problem: { path, reason: 'became a directory' } }
    : listed;
}

/** The real path of the directory. */
async function openRoot(name: string): Promise<string> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new HoldfastError('failed', `storage directory ${printable(name)} ${problem}`, { cause });
  };
  const stats = await stat(name).catch((error: unknown) =>
    fail(isMissing(error) ? 'does not exist' : `cannot be read: ${reasonOf(error)}`, error),
  );
  if (!stats.isDirectory()) fail('is not a directory');
  await access(name, constants.R_OK | constants.X_OK).catch((error: unknown) =>
    fail(`cannot be read: ${reasonOf(error)}`, error),
  );
  return realpath(name);
}
