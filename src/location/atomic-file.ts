import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { HoldfastError, systemCodeOf } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { writeError } from './file-errors.ts';
import { temporaryPath } from './leftovers.ts';

export interface AtomicFileOptions {
  /** Whether a file of that name may be replaced. */
  readonly overwrite: boolean;
  /** Permission bits, less the process's umask. */
  readonly mode: number;
}

/**
 * A file that is written under a temporary name in its own folder and gets its name when it is whole. SIGKILL and power
 * cuts cannot be answered: then the temporary file stays, for `removeLeftovers` to find.
 */
export class AtomicFile {
  readonly path: string;
  /** For writing; closed by `sync` and `discard`. */
  readonly handle: FileHandle;
  readonly #temporary: string;
  readonly #overwrite: boolean;
  #published = false;

  private constructor(path: string, temporary: string, handle: FileHandle, overwrite: boolean) {
    this.path = path;
    this.#temporary = temporary;
    this.handle = handle;
    this.#overwrite = overwrite;
  }

  /** @throws HoldfastError `usage` when the name is taken, `failed` when the file cannot be made */
  static async create(path: string, { overwrite, mode }: AtomicFileOptions): Promise<AtomicFile> {
    try {
      await checkVacant(path, overwrite);
      const temporary = temporaryPath(path);
      return new AtomicFile(path, temporary, await open(temporary, 'wx', mode), overwrite);
    } catch (error) {
      throw writeError(path, error);
    }
  }

  /** Brings all that was written to the disk and closes the file. */
  async sync(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
  }

  /** Gives the file its name, at once and whole. */
  async publish(): Promise<void> {
    if (this.#overwrite) {
      await checkVacant(this.path, true);
      await rename(this.#temporary, this.path);
      this.#published = true;
      return;
    }
    try {
      // Unlike a rename, a link never replaces what took the name meanwhile.
      await link(this.#temporary, this.path);
    } catch (error) {
      if (systemCodeOf(error) === 'EEXIST') throw nameTaken(this.path);
      // Some file systems (FAT, many network shares) have no links; any other trouble shows up there again.
      await renameIntoVacancy(this.#temporary, this.path);
    }
    this.#published = true;
    await rm(this.#temporary, { force: true });
  }

  /** Removes the older file that `publish` would replace. */
  async vacate(): Promise<void> {
    await checkVacant(this.path, true);
    await rm(this.path, { force: true });
  }

  /** Takes the name away again if `publish` gave it; an older file that it replaced does not come back. */
  async retract(): Promise<void> {
    if (this.#published) await rm(this.path, { force: true });
  }

  /** Removes the temporary file, if it is still there. */
  async discard(): Promise<void> {
    await this.handle.close();
    await rm(this.#temporary, { force: true });
  }
}

/**
 * Renames without replacing a file: an empty file made first holds the name, which only one can make. A kill
 * right between the two leaves that empty file, which nothing tells from a user's: it stays until a user removes it.
 * @throws HoldfastError `usage` when the name is taken
 */
export async function renameIntoVacancy(from: string, to: string): Promise<void> {
  try {
    await (await open(to, 'wx')).close();
  } catch (error) {
    throw systemCodeOf(error) === 'EEXIST' ? nameTaken(to) : error;
  }
  try {
    await rename(from, to);
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  }
}

async function checkVacant(path: string, overwrite: boolean): Promise<void> {
  const stats = await lstat(path).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!stats) return;
  if (stats.isDirectory()) {
    throw new HoldfastError('usage', `${printable(path)} is a directory.`, { hint: 'Name a file in it.' });
  }
  if (!overwrite) throw nameTaken(path);
  if (!stats.isFile()) {
    throw new HoldfastError(
      'usage',
      `${printable(path)} is not a regular file, and is not replaced by one.`,
      {
        hint: 'Choose another name; to write into a pipe or device, give - and redirect standard output.',
      },
    );
  }
}

function nameTaken(path: string): HoldfastError {
  return new HoldfastError('usage', `${printable(path)} exists already, and is not replaced.`, {
    hint: 'Choose another name, move the old file away, or give --overwrite.',
  });
}
