import { lstat, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What a file system keeps in its topmost directory for itself. */
export const LOST_AND_FOUND = 'lost+found';

/** True when something is mounted on the directory, so that it cannot be renamed. `path` is absolute and real. */
export async function isMountPoint(path: string): Promise<boolean> {
  const parent = dirname(path);
  if (parent === path) return true;
  const [own, above] = await Promise.all([lstat(path), lstat(parent)]);
  return own.dev !== above.dev || (await linuxMountPoints()).has(path);
}

/**
 * A bind mount within one file system has its parent's device number; only Linux's list of mounts tells it.
 * Source: proc(5), /proc/pid/mountinfo, field 5, in which octal escapes stand for white space and backslash.
 */
async function linuxMountPoints(): Promise<Set<string>> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const fields = table.split('\n').map((line) => line.split(' ')[4] ?? '');
  return new Set(
    fields.map((field) =>
      field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    ),
  );
}
