import type { Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { readError } from './file-errors.ts';

/**
 * Opens the regular file at `path`; an empty one is fine.
 * @throws HoldfastError `failed` when it cannot be opened, `usage` when it is a directory, pipe or device
 */
export async function openFileSource(path: string): Promise<ByteSource> {
  try {
    // Before it is opened, as opening a pipe would wait for its writer.
    checkRegular(path, await stat(path));
    const handle = await open(path, 'r');
    return new FileSource(printable(path), handle, (await handle.stat()).size);
  } catch (error) {
    throw readError(path, error);
  }
}

/** A file that is open for reading. It is closed with the source. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #handle: FileHandle;

  constructor(name: string, handle: FileHandle, size: number) {
    this.name = name;
    this.size = size;
    this.#handle = handle;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    const wanted = Math.max(0, Math.min(target.length, this.size - position));
    let done = 0;
    try {
      while (done < wanted) {
        const { bytesRead } = await this.#handle.read(target, done, wanted - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } catch (error) {
      throw readError(this.name, error);
    }
    return done;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function checkRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  const file = printable(path);
  if (stats.isDirectory()) {
    throw new HoldfastError('usage', `${file} is a directory, not an archive.`, {
      hint: 'Name the file in it.',
    });
  }
  throw new HoldfastError(
    'usage',
    `${file} is a pipe, socket or device, and an archive is read at many places.`,
    {
      hint: 'Give - as the archive and redirect this to standard input; it is then kept in a temporary file.',
    },
  );
}
