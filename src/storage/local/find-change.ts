import type { BigIntStats } from 'node:fs';
import type { HeldDirectory } from './held-directory.ts';
import type { BytePath } from './paths.ts';

/**
 * Something below a directory that was changed or came after a moment; null when there is nothing. The directory itself
 * does not count: what is moved in and out of it changes it.
 * @param since nanoseconds since 1970, by the file system's clock
 * @param areMoved whether the directory's children were moved themselves since then, which sets their times of change
 */
export async function findChange(
  directory: HeldDirectory,
  since: bigint,
  areMoved: boolean,
): Promise<BytePath | null> {
  for await (const { name } of directory.list()) {
    const stats = await directory.look(name);
    // It was moved away at this moment.
    if (stats === null) continue;
    if (stats.isDirectory()) {
      await using inner = await directory.openOwn(name);
      const found = await findChange(inner, since, false);
      if (found !== null) return found;
    }
    if (areMoved ? wasWritten(stats, since) : stats.ctimeNs > since) return directory.named(name);
  }
  return null;
}

/**
 * Times of modification can be set, and an archive may have some from the future; those of making cannot, but are 0
 * where the file system keeps none.
 */
function wasWritten({ mtimeNs, ctimeNs, birthtimeNs }: BigIntStats, since: bigint): boolean {
  return birthtimeNs > since || (mtimeNs > since && mtimeNs <= ctimeNs);
}
