import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError, messageOf, systemCodeOf } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import { FileSource } from './file-source.ts';
import { FileWriter } from './file-writer.ts';

const NAME = 'standard input';

/** Only its owner may read what a backup holds. */
const MODE = 0o600;

/** Linux' __O_TMPFILE, which Node does not name (include/uapi/asm-generic/fcntl.h; the same on x64 and arm64). */
const UNNAMED = 0o20000000;

export interface SpoolOptions {
  readonly reporter: Reporter;
  /** Ends the reading; the call then rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Copies standard input, as it comes, into a private file in the system's folder for temporary files, as an
 * archive is read at many places. Where the system allows it the file has no name, or loses it at once, so that it
 * vanishes with the process however that ends; elsewhere it is removed when the source is closed.
 * @throws HoldfastError `failed` when input cannot be read or the file not be written
 */
export async function spoolStandardInput(input: Readable, options: SpoolOptions): Promise<ByteSource> {
  const { reporter, signal } = options;
  signal.throwIfAborted();
  const folder = tmpdir();
  const { handle, close } = await openSpool(folder).catch((error: unknown) => {
    throw spoolError(folder, error);
  });
  try {
    reporter.phase('spool', 'Reading standard input');
    await copy(input, handle, folder, options);
    return new SpoolSource(handle, (await handle.stat()).size, close);
  } catch (error) {
    await close();
    if (signal.aborted) throw signal.reason;
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError('failed', `Standard input cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

interface Spool {
  readonly handle: FileHandle;
  /** Closes the file and removes it. */
  readonly close: () => Promise<void>;
}

async function openSpool(folder: string): Promise<Spool> {
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

async function copy(
  input: Readable,
  handle: FileHandle,
  folder: string,
  options: SpoolOptions,
): Promise<void> {
  const writer = new FileWriter(handle, {
    onChunk: (chunk) => options.reporter.progress(chunk.length, NAME),
    explain: (error) => spoolError(folder, error),
  });
  await pipeline(input, writer, { signal: options.signal });
}

class SpoolSource extends FileSource {
  readonly #close: () => Promise<void>;

  constructor(handle: FileHandle, size: number, close: () => Promise<void>) {
    super(NAME, handle, size);
    this.#close = close;
  }

  override close(): Promise<void> {
    return this.#close();
  }
}

function spoolError(folder: string, cause: unknown): HoldfastError {
  const code = systemCodeOf(cause) ?? '';
  const full = ['ENOSPC', 'EDQUOT'].includes(code);
  const tooBig = "it is bigger than the file system or the process's limit allows (`ulimit -f` shows that)";
  const what = full ? 'there is no room left' : code === 'EFBIG' ? tooBig : messageOf(cause);
  return new HoldfastError('failed', `Standard input cannot be kept in ${printable(folder)}: ${what}.`, {
    hint: 'Set TMPDIR to a folder on a disk with room for the whole archive, or save the archive to a file and name that.',
    cause,
  });
}
