import { constants } from 'node:fs';
import { access, lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import { pathFailure } from '../../core/path-failure.ts';
import { printable } from '../../core/printable.ts';
import { isMountPoint } from './mount-points.ts';
import { isMissing, reasonOf } from './reason.ts';

/** What stands where a storage is to be restored. */
export interface Place {
  /** The absolute path as the user knows it. */
  readonly name: string;
  /** The real path, with every symlink followed as far as it leads somewhere. */
  readonly path: string;
  readonly kind: 'missing' | 'directory' | 'broken link' | 'file';
  /** True when it can be replaced by renaming it, false when only its children can. */
  readonly renamable: boolean;
}

/** @throws HoldfastError `failed` when the way there cannot be followed */
export async function findPlace(location: string): Promise<Place> {
  const name = resolve(location);
  try {
    const path = await realPathOf(name);
    const kind = await kindOf(path);
    return { name, path, kind, renamable: kind !== 'directory' || (await isRenamable(path)) };
  } catch (cause) {
    const { why, hint } = pathFailure(cause) ?? { why: reasonOf(cause), hint: 'Check the path.' };
    throw new HoldfastError('failed', `cannot look at ${printable(name)}: ${why}`, { hint, cause });
  }
}

async function realPathOf(name: string): Promise<string> {
  try {
    return await realpath(name);
  } catch (error) {
    const parent = dirname(name);
    if (!isMissing(error) || parent === name) throw error;
    return join(await realPathOf(parent), basename(name));
  }
}

async function kindOf(path: string): Promise<Place['kind']> {
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return 'broken link';
    return stats.isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (isMissing(error)) return 'missing';
    throw error;
  }
}

/** A shell that stands in a directory would stay in the old one, were it renamed away. */
function holdsWorkingDirectory(path: string): boolean {
  try {
    const way = relative(path, process.cwd());
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  } catch {
    // It has been removed: nobody can stand there.
    return false;
  }
}

async function isRenamable(path: string): Promise<boolean> {
  if (holdsWorkingDirectory(path)) return false;
  if (await isMountPoint(path)) return false;
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
