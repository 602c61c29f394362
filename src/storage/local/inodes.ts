import { type BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { attempt } from './attempt.ts';
import { fromText } from './paths.ts';
import { isMissing } from './reason.ts';

/** What stands at a path, links not followed; null when there is nothing. */
export async function lookAt(path: string): Promise<BigIntStats | null> {
  return attempt('look at', fromText(path), async () => {
    try {
      return await lstat(path, { bigint: true });
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  });
}

/** The inode of a directory; null when there is nothing, or something else. */
export async function inodeOf(path: string): Promise<bigint | null> {
  const stats = await lookAt(path);
  return stats?.isDirectory() === true ? stats.ino : null;
}
