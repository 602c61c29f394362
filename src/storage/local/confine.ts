import { readlinkSync, realpathSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { type BytePath, fromBytes, toBytes } from './paths.ts';

/**
 * True when a path below the root is, by now, not below it any more: somebody who may write there could have put a
 * symlink in the place of a directory that was listed before.
 */
export async function leadsOut(root: BytePath, path: BytePath): Promise<boolean> {
  return !isBelow(root, fromBytes(await realpath(toBytes(path), 'buffer')));
}

/** The same at once, for threads of their own. */
export function leadsOutNow(root: BytePath, path: BytePath): boolean {
  return !isBelow(root, fromBytes(realpathSync.native(toBytes(path), 'buffer')));
}

/** The same for a file that is open already. Exact on Linux, where the system tells what a descriptor stands for. */
export async function openedOutside(root: BytePath, path: BytePath, descriptor: number): Promise<boolean> {
  const opened = pathOfDescriptor(descriptor);
  return opened === null ? leadsOut(root, path) : !isBelow(root, opened);
}

/** Where the file or directory is that a descriptor stands for; null where the system does not tell. */
export function pathOfDescriptor(descriptor: number): BytePath | null {
  if (process.platform !== 'linux') return null;
  try {
    // Synchronous, for it never waits for a disk, and is done for every file.
    return fromBytes(readlinkSync(`/proc/self/fd/${descriptor}`, 'buffer'));
  } catch {
    // A chroot may be without /proc.
    return null;
  }
}

function isBelow(root: BytePath, path: BytePath): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
