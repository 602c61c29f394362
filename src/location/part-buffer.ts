import { tmpdir } from 'node:os';
import { formatBytes } from '../core/format.ts';
import { startMd5 } from '../s3/md5.ts';
import type { PartSource } from '../s3/types.ts';
import { writeAll } from './file-writer.ts';
import { openUnnamedFile, spoolError, type UnnamedFile } from './unnamed-file.ts';

const MIB = 2 ** 20;

/** Larger parts are gathered in files. */
const LARGEST_IN_MEMORY = 24 * MIB;

/** What all the parts that are in memory may have together. */
const MEMORY = 48 * MIB;

/** Some parts are sent while the next one is gathered; more do not make it faster. */
const MOST_BUFFERS = 3;

/** On the disk they take room, and a large part fills a connection by itself. */
const FILES = 3;

/** What one part is gathered in, and sent from. */
export interface PartBuffer {
  /** How many bytes it holds. */
  readonly bytes: number;
  /** @throws HoldfastError `failed` */
  append(bytes: Uint8Array): Promise<void>;
  /** What it holds, to be sent, maybe more than once. It is valid until `clear`. */
  content(): Uint8Array | PartSource;
  clear(): void;
  close(): Promise<void>;
}

/** How many parts of a size are gathered and sent at a time. */
export function bufferCount(partBytes: number): number {
  return partBytes > LARGEST_IN_MEMORY ? FILES : Math.min(Math.floor(MEMORY / partBytes), MOST_BUFFERS);
}

/** Makes an empty buffer for a part of a size: in memory, or in a temporary file without a name when that is large. */
export async function makePartBuffer(partBytes: number): Promise<PartBuffer> {
  if (partBytes <= LARGEST_IN_MEMORY) return new MemoryBuffer(partBytes);
  const folder = tmpdir();
  const explain = (error: unknown): Error =>
    spoolError('A part of the archive', folder, error, {
      hint: `Set TMPDIR to a folder on a disk with room for ${formatBytes(FILES * partBytes)}.`,
    });
  const file = await openUnnamedFile(folder).catch((error: unknown) => {
    throw explain(error);
  });
  return new FileBuffer(file, explain);
}

class MemoryBuffer implements PartBuffer {
  bytes = 0;
  readonly #memory: Buffer;

  constructor(partBytes: number) {
    // The system gives memory of its own only where it is written to: a small archive takes little.
    this.#memory = Buffer.allocUnsafeSlow(partBytes);
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#memory.set(bytes, this.bytes);
    this.bytes += bytes.length;
  }

  content(): Buffer {
    return this.#memory.subarray(0, this.bytes);
  }

  clear(): void {
    this.bytes = 0;
  }

  async close(): Promise<void> {}
}

class FileBuffer implements PartBuffer {
  bytes = 0;
  #md5 = startMd5();
  readonly #file: UnnamedFile;
  readonly #explain: (error: unknown) => Error;

  constructor(file: UnnamedFile, explain: (error: unknown) => Error) {
    this.#file = file;
    this.#explain = explain;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await writeAll(this.#file.handle, bytes, this.bytes).catch((error: unknown) => {
      throw this.#explain(error);
    });
    this.#md5?.update(bytes);
    this.bytes += bytes.length;
  }

  content(): Uint8Array | PartSource {
    const { bytes } = this;
    const { handle } = this.#file;
    const md5 = this.#md5?.copy().digest('base64');
    if (bytes === 0) return new Uint8Array();
    return {
      bytes,
      ...(md5 !== undefined && { md5 }),
      open: () =>
        handle.createReadStream({ start: 0, end: bytes - 1, autoClose: false, highWaterMark: 1 << 18 }),
    };
  }

  clear(): void {
    this.bytes = 0;
    this.#md5 = startMd5();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
