import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * What identifies a path and each directory above it, from itself upwards: device and inode, which are the same however
 * links, mounts or the case of letters lead there; below what exists, the names.
 */
export async function fileLineage(path: string): Promise<string[]> {
  const real = await realPathOf(resolve(path));
  const parent = dirname(real);
  const above = parent === real ? [] : await fileLineage(parent);
  try {
    const { dev, ino } = await stat(real, { bigint: true });
    return [`${dev}:${ino}`, ...above];
  } catch {
    // It does not exist, or may not be looked at; opening it says so with the right words.
    return [join(above[0] ?? '', basename(real)), ...above];
  }
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}
