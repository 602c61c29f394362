import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, messageOf, systemCodeOf } from '../core/errors.ts';
import { printable } from '../core/printable.ts';

/** Only its owner may read what a backup holds. */
const MODE = 0o600;

/** Linux' __O_TMPFILE, which Node does not name (include/uapi/asm-generic/fcntl.h; the same on x64 and arm64). */
const UNNAMED = 0o20000000;

/** A private file for reading and writing. */
export interface UnnamedFile {
  readonly handle: FileHandle;
  /** Closes the file and removes it. */
  readonly close: () => Promise<void>;
}

/**
 * Makes an empty file in a folder. Where the system allows it the file has no name, or loses it at once, so that it
 * vanishes with the process however that ends; elsewhere `close` removes it.
 * @throws the file system's error
 */
export async function openUnnamedFile(folder: string): Promise<UnnamedFile> {
  if (process.platform === 'linux') {
    try {
      // O_EXCL: it never gets a name either. There is no moment in which a kill could leave it.
      const flags = constants.O_RDWR | constants.O_DIRECTORY | constants.O_EXCL | UNNAMED;
      const handle = await open(folder, flags, MODE);
      return { handle, close: () => handle.close() };
    } catch {
      // Not every file system can do it; what else is wrong shows up again.
    }
  }
  const path = join(folder, `holdfast-${randomUUID()}`);
  const handle = await open(path, 'wx+', MODE);
  const unlinked = await rm(path).then(
    () => true,
    () => false,
  );
  return {
    handle,
    async close() {
      await handle.close();
      if (!unlinked) await rm(path, { force: true });
    },
  };
}

/** An error met while something is kept in an unnamed file of a folder, in words for the user. */
export function spoolError(
  what: string,
  folder: string,
  cause: unknown,
  { hint }: { readonly hint: string },
): HoldfastError {
  const code = systemCodeOf(cause) ?? '';
  const full = ['ENOSPC', 'EDQUOT'].includes(code);
  const tooBig = "it is bigger than the file system or the process's limit allows (`ulimit -f` shows that)";
  const why = full ? 'there is no room left' : code === 'EFBIG' ? tooBig : messageOf(cause);
  return new HoldfastError('failed', `${what} cannot be kept in ${printable(folder)}: ${why}.`, {
    hint,
    cause,
  });
}
