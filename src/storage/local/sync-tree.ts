import { closeSync, constants, openSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { systemCodeOf } from '../../core/errors.ts';
import { attempt } from './attempt.ts';
import type { HeldDirectory } from './held-directory.ts';
import { type BytePath, fromBytes, fromText, toBytes } from './paths.ts';
import { sync } from './sync.ts';

/** How many files of a directory are synced together, so that the file system can join their commits. */
const BATCH = 16;

/**
 * Makes sure that a tree that was just written is on the disk: every file, then each directory after what it holds.
 * Why in one pass at the end: docs/decisions/0003-sync-of-restored-files.md. What may not be opened is left out:
 * whoever takes those permissions away has to sync it before.
 * @param path the directory to sync, below `root`
 */
export async function syncTree(root: HeldDirectory, path: BytePath = '.'): Promise<void> {
  const entries = await attempt('sync', root.named(path), () =>
    unlessDenied(() => readdir(root.to(path), { encoding: 'buffer', withFileTypes: true }), []),
  );
  const pathOf = ({ name }: { name: Buffer }): BytePath =>
    path === '.' ? fromBytes(name) : `${path}/${fromBytes(name)}`;
  const files = entries.filter((entry) => entry.isFile()).map(pathOf);
  for (let next = 0; next < files.length; next += BATCH) {
    await Promise.all(
      files.slice(next, next + BATCH).map((file) => syncPath(root.named(file), false, root.to(file))),
    );
  }
  for (const entry of entries) if (entry.isDirectory()) await syncTree(root, pathOf(entry));
  await syncPath(root.named(path), true, root.to(path));
}

/** Makes sure that renames in a directory are on the disk. */
export async function syncDirectory(directory: string): Promise<void> {
  await syncPath(fromText(directory), true);
}

async function syncPath(path: BytePath, isDirectory: boolean, way: Buffer = toBytes(path)): Promise<void> {
  const windows = process.platform === 'win32';
  // Windows syncs no directories, and files only through a handle that may write.
  if (windows && isDirectory) return;
  await attempt('sync', path, async () => {
    const flags = (windows ? constants.O_RDWR : constants.O_RDONLY) | (constants.O_NOFOLLOW ?? 0);
    // Only the sync waits for the disk: through Node's thread pool the rest would take several times as long.
    const descriptor = await unlessDenied(async () => openSync(way, flags), null);
    if (descriptor === null) return;
    try {
      await sync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

async function unlessDenied<T, U>(work: () => Promise<T>, instead: U): Promise<T | U> {
  try {
    return await work();
  } catch (error) {
    if (systemCodeOf(error) === 'EACCES') return instead;
    throw error;
  }
}
