import { closeSync, constants, fsync, openSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCodeOf } from '../../core/errors.ts';
import { attempt } from './attempt.ts';
import { type BytePath, fromBytes, fromText, toBytes } from './paths.ts';

/** How many files of a directory are synced together, so that the file system can join their commits. */
const BATCH = 16;

/** Waits until what was written to an open file is on the disk. */
export const sync = promisify(fsync);

/**
 * Makes sure that a tree that was just written is on the disk: every file, then each directory after what it holds.
 * Why in one pass at the end: docs/decisions/0003-sync-of-restored-files.md. What may not be opened is left out:
 * whoever takes those permissions away has to sync it before.
 */
export async function syncTree(directory: BytePath): Promise<void> {
  const entries = await attempt('sync', directory, () => unlessDenied(() => readEntries(directory), []));
  for (let next = 0; next < entries.length; next += BATCH) {
    await Promise.all(
      entries
        .slice(next, next + BATCH)
        .filter((entry) => entry.isFile())
        .map((entry) => syncPath(`${directory}/${fromBytes(entry.name)}`, false)),
    );
  }
  for (const entry of entries) {
    if (entry.isDirectory()) await syncTree(`${directory}/${fromBytes(entry.name)}`);
  }
  await syncPath(directory, true);
}

/** Makes sure that renames in a directory are on the disk. */
export async function syncDirectory(directory: string): Promise<void> {
  await syncPath(fromText(directory), true);
}

async function syncPath(path: BytePath, isDirectory: boolean): Promise<void> {
  const windows = process.platform === 'win32';
  // Windows syncs no directories, and files only through a handle that may write.
  if (windows && isDirectory) return;
  await attempt('sync', path, async () => {
    const flags = (windows ? constants.O_RDWR : constants.O_RDONLY) | (constants.O_NOFOLLOW ?? 0);
    // Only the sync waits for the disk: through Node's thread pool the rest would take several times as long.
    const descriptor = await unlessDenied(async () => openSync(toBytes(path), flags), null);
    if (descriptor === null) return;
    try {
      await sync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

function readEntries(directory: BytePath) {
  return readdir(toBytes(directory), { encoding: 'buffer', withFileTypes: true });
}

async function unlessDenied<T, U>(work: () => Promise<T>, instead: U): Promise<T | U> {
  try {
    return await work();
  } catch (error) {
    if (systemCodeOf(error) === 'EACCES') return instead;
    throw error;
  }
}
