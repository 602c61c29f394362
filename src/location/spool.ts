import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError, messageOf } from '../core/errors.ts';
import type { Reporter } from '../core/reporter.ts';
import { FileSource } from './file-source.ts';
import { FileWriter } from './file-writer.ts';
import { openUnnamedFile, spoolError } from './unnamed-file.ts';

const NAME = 'standard input';

export interface SpoolOptions {
  readonly reporter: Reporter;
  /** Ends the reading; the call then rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Copies standard input, as it comes, into a private file in the system's folder for temporary files, as an
 * archive is read at many places. The file vanishes when the source is closed (see openUnnamedFile).
 * @throws HoldfastError `failed` when input cannot be read or the file not be written
 */
export async function spoolStandardInput(input: Readable, options: SpoolOptions): Promise<ByteSource> {
  const { reporter, signal } = options;
  signal.throwIfAborted();
  const folder = tmpdir();
  const { handle, close } = await openUnnamedFile(folder).catch((error: unknown) => {
    throw inputError(folder, error);
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

async function copy(
  input: Readable,
  handle: FileHandle,
  folder: string,
  options: SpoolOptions,
): Promise<void> {
  const writer = new FileWriter(handle, {
    onChunk: (chunk) => options.reporter.progress(chunk.length, NAME),
    explain: (error) => inputError(folder, error),
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

function inputError(folder: string, cause: unknown): HoldfastError {
  return spoolError('Standard input', folder, cause, {
    hint: 'Set TMPDIR to a folder on a disk with room for the whole archive, or save the archive to a file and name that.',
  });
}
