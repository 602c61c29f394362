import { rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { attempt } from './attempt.ts';
import { HeldDirectory } from './held-directory.ts';
import { mountPointsBelow } from './mount-points.ts';
import { type BytePath, toBytes } from './paths.ts';

/**
 * Removes a directory with all it holds, whatever the names and permissions; nothing when it does not exist. Nothing
 * outside of it is touched, also when somebody puts symlinks in the way meanwhile.
 * @throws HoldfastError `failed` when it is no directory, when something cannot be removed, or another file system is
 *   mounted in it
 */
export async function removeTree(directory: BytePath): Promise<void> {
  const above = dirname(directory);
  const name = directory.slice(above.endsWith('/') ? above.length : above.length + 1);
  await attempt('remove', directory, async () => {
    await using parent = await HeldDirectory.open(above);
    const stats = await parent.look(name);
    if (stats === null) return;
    if (!stats.isDirectory()) {
      throw new HoldfastError(
        'failed',
        `cannot remove ${printable(toBytes(directory))}: it is not a directory`,
      );
    }
    // One within the same file system has its device number.
    const [mountPoint] = await mountPointsBelow(directory);
    if (mountPoint !== undefined) throw isMounted(mountPoint);
    await remove(parent, name, stats.dev);
  });
}

async function remove(parent: HeldDirectory, name: BytePath, device: bigint): Promise<void> {
  const path = parent.named(name);
  if ((await parent.look(name))?.dev !== device) throw isMounted(path);
  {
    await using directory = await attempt('remove', path, () => parent.openOwn(name));
    await attempt('remove', path, () => directory.makeRemovable());
    for await (const entry of directory.list()) {
      if (entry.isDirectory) await remove(directory, entry.name, device);
      else await attempt('remove', directory.named(entry.name), () => unlink(directory.to(entry.name)));
    }
  }
  await attempt('remove', path, () => rmdir(parent.to(name)));
}

function isMounted(path: BytePath): HoldfastError {
  const shown = printable(toBytes(path));
  return new HoldfastError('failed', `cannot remove ${shown}: it is a mount point`, {
    hint: 'Unmount it, then remove the directory above it by hand.',
  });
}
