import { existsSync, readFileSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm';
/** Six servers of one test file take less than half of it. */
const ROOM_BYTES = 2 * 1024 ** 3;

/**
 * A folder in memory for what is quick to lose, or undefined where there is none with enough room: on a disk, ext4
 * looks long for a free inode after many files have been removed. Not where programs there may not run, as in containers.
 * TMPDIR, when set, is where all goes that is temporary.
 */
export async function memoryRoot(): Promise<string | undefined> {
  if (process.env['TMPDIR'] !== undefined || !existsSync('/proc/self/mounts')) return undefined;
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const [, , type, options = ''] = mounts.findLast((line) => line.split(' ')[1] === MEMORY)?.split(' ') ?? [];
  if (type !== 'tmpfs' || /\b(?:noexec|ro)\b/.test(options)) return undefined;
  const isForAll = (statSync(MEMORY).mode & 0o1777) === 0o1777;
  const { bavail, bsize } = await statfs(MEMORY);
  return isForAll && bavail * bsize >= ROOM_BYTES ? MEMORY : undefined;
}
