import { open } from 'node:fs/promises';
import { systemCodeOf } from './errors.ts';

/**
 * What systems say that cannot sync a folder: Windows opens none, one may be writable but not readable, and some file
 * systems know no such thing.
 */
const CANNOT = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'];

/** Brings the names in a folder to the disk, where the system can do that and lets us. @throws the system's error */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!CANNOT.includes(systemCodeOf(error) ?? '')) throw error;
  }
}
