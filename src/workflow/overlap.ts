import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { HoldfastError } from '../core/errors.ts';

/**
 * Refuses an archive that would lie inside a directory that it backs up: it would grow while it is read.
 * @throws HoldfastError `usage`
 */
export async function refuseOverlap(
  archive: string,
  storages: readonly { readonly name: string; readonly location: string }[],
): Promise<void> {
  const archivePath = join(await realPathOf(dirname(resolve(archive))), basename(archive));
  for (const { location } of storages) {
    const root = await realPathOf(resolve(location));
    const way = relative(root, archivePath);
    if (way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way) continue;
    throw new HoldfastError(
      'usage',
      `The archive ${archive} would lie inside the storage directory ${location}.`,
      {
        hint: 'Write it somewhere else: a backup must not contain itself.',
      },
    );
  }
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // What does not exist has no links to resolve; opening it says so with the right words.
    return path;
  }
}
