import { lstat, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type BytePath, fromText } from './paths.ts';

/** What a file system keeps in its topmost directory for itself. */
export const LOST_AND_FOUND = 'lost+found';

/** True when something is mounted on the directory, so that it cannot be renamed. `path` is absolute and real. */
export async function isMountPoint(path: string): Promise<boolean> {
  const parent = dirname(path);
  if (parent === path) return true;
  const [own, above] = await Promise.all([lstat(path), lstat(parent)]);
  return (
    own.dev !== above.dev || (await linuxMountPoints()).some((mountPoint) => mountPoint === fromText(path))
  );
}

/** The mount points below a directory, the innermost first: the order in which they are unmounted. Only Linux tells them. */
export async function mountPointsBelow(directory: BytePath): Promise<BytePath[]> {
  const start = directory.endsWith('/') ? directory : `${directory}/`;
  const below = (await linuxMountPoints()).filter(
    (mountPoint) => mountPoint !== directory && mountPoint.startsWith(start),
  );
  return below.toSorted((left, right) => right.length - left.length);
}

/**
 * A bind mount within one file system has its parent's device number; only Linux's list of mounts tells it.
 * Source: proc(5), /proc/pid/mountinfo, field 5, in which octal escapes stand for white space and backslash.
 */
async function linuxMountPoints(): Promise<BytePath[]> {
  const table = await readFile('/proc/self/mountinfo', 'latin1').catch(() => '');
  const fields = table.split('\n').map((line) => line.split(' ')[4] ?? '');
  return fields.map((field) =>
    field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
  );
}
