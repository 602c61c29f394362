import { lstat, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { formatBytes } from '../../../core/format.ts';
import { isOwnerGone, ownerTag } from '../../../core/owner-tag.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';

const PREFIX = 'holdfast-sqlite-';
const NAME = /^holdfast-sqlite-([0-9a-f-]+)-[A-Za-z0-9]{6}$/;

const HINT = 'Set TMPDIR to a folder on a disk with room for a copy of the database.';

/**
 * A folder for a copy of a database, in the system's folder for temporary files, that its owner alone may look into. Such
 * folders of processes that were killed are removed first.
 * @param bytes how much room it needs
 * @throws HoldfastError `failed` when it cannot be made or there is not so much room
 */
export async function makeTemporaryFolder(bytes: number, reporter: Reporter): Promise<string> {
  const parent = tmpdir();
  await removeLeftovers(parent, reporter);
  try {
    const { bavail, bsize } = await statfs(parent);
    if (bavail * bsize < bytes) {
      throw new HoldfastError(
        'failed',
        `There is no room for a copy of the database in ${printable(parent)}: it takes ${formatBytes(bytes)}, and there are ${formatBytes(bavail * bsize)}.`,
        { hint: HINT },
      );
    }
    return await mkdtemp(join(parent, `${PREFIX}${ownerTag()}-`));
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError(
      'failed',
      `No folder for a copy of the database can be made in ${printable(parent)}: ${messageOf(error)}.`,
      { hint: HINT, cause: error },
    );
  }
}

async function removeLeftovers(parent: string, reporter: Reporter): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const tag = NAME.exec(name)?.[1];
    if (tag === undefined || !isOwnerGone(tag)) continue;
    const path = join(parent, name);
    try {
      const stats = await lstat(path);
      if (!stats.isDirectory() || stats.uid !== (process.geteuid?.() ?? stats.uid)) continue;
      await rm(path, { recursive: true });
      reporter.warning(
        `Removed the copy of a database that a process that was killed left: ${printable(path)}`,
      );
    } catch (error) {
      reporter.detail(`${printable(path)} is not removed: ${messageOf(error)}`);
    }
  }
}
