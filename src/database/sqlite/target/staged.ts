import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HoldfastError, messageOf, systemCodeOf } from '../../../core/errors.ts';
import { ownerTag } from '../../../core/owner-tag.ts';
import { printable } from '../../../core/printable.ts';

/** Of the name it gets in the end: enough for people, and short enough for file systems whose names end at 143 bytes. */
const LONGEST_STEM_BYTES = 40;

/** Only its owner may read it before it is in place. */
const MODE = 0o600;

/** How the name ends of a file whose place is being switched from a log to a journal: that has to be put back if it stays. */
export const SWITCHING = '.switching';

/** The beginning of the names of all files that are to take a database's place. */
function stemOf(path: string): string {
  const bytes = Buffer.from(basename(path)).subarray(0, LONGEST_STEM_BYTES);
  // As if more were to come: a character that is cut in the middle is left out.
  return `.${new TextDecoder().decode(bytes, { stream: true })}.holdfast-`;
}

/** Where the file is made that takes the place of the one at `path`: beside it, under a name that tells whose it is. */
export function stagedPath(path: string): string {
  return join(dirname(path), `${stemOf(path)}${ownerTag()}-${randomBytes(6).toString('hex')}.new`);
}

const REST = /^([0-9a-f]{12}-[0-9a-f]{12}-\d{1,10}-\d*)-[0-9a-f]{12}\.new(\.switching)?$/;

/** What a name tells of a file that is to take the place of the one at `path`; null for any other name. */
export function parseStagedName(name: string, path: string): { owner: string; isSwitching: boolean } | null {
  const stem = stemOf(path);
  const [, owner, switching] = (name.startsWith(stem) && REST.exec(name.slice(stem.length))) || [];
  return owner === undefined ? null : { owner, isSwitching: switching !== undefined };
}

/** Removes a file that was to take a place, with all that was made of it. */
export async function removeStaged(staged: string): Promise<void> {
  for (const suffix of [SWITCHING, '.packed', '']) await rm(staged + suffix, { force: true });
}

/** A file that is written from its beginning to its end. */
export class StagedFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #bytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** @throws HoldfastError `failed` */
  static async create(path: string): Promise<StagedFile> {
    try {
      return new StagedFile(path, await open(path, 'wx', MODE));
    } catch (error) {
      throw writeError(path, error);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws HoldfastError `failed` */
  async append(chunk: Buffer): Promise<void> {
    let rest = chunk;
    try {
      while (rest.length > 0) {
        const { bytesWritten } = await this.#handle.write(rest, 0, rest.length, this.#bytes);
        this.#bytes += bytesWritten;
        rest = rest.subarray(bytesWritten);
      }
    } catch (error) {
      throw writeError(this.path, error);
    }
  }

  /** Brings what was written to the disk. @throws HoldfastError `failed` */
  async sync(): Promise<void> {
    try {
      await this.#handle.sync();
    } catch (error) {
      throw writeError(this.path, error);
    }
  }

  /** No more comes. May be called twice. */
  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function writeError(path: string, cause: unknown): HoldfastError {
  const folder = printable(dirname(path));
  const isFull = ['ENOSPC', 'EDQUOT'].includes(systemCodeOf(cause) ?? '');
  return new HoldfastError(
    'failed',
    `The database cannot be written to ${folder}: ${isFull ? 'there is no room left' : messageOf(cause)}.`,
    { hint: 'The folder must have room for the new database beside the old one.', cause },
  );
}
