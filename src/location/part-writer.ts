import { Writable } from 'node:stream';
import { HoldfastError } from '../core/errors.ts';
import { formatBytes, formatCount } from '../core/format.ts';
import type { MultipartUpload, UploadedPart } from '../s3/types.ts';
import { bufferCount, makePartBuffer, type PartBuffer } from './part-buffer.ts';

export interface PartWriterOptions {
  readonly upload: Pick<MultipartUpload, 'sendPart'>;
  /** The size of every part but the last. */
  readonly partBytes: number;
  /** How many parts the service takes. */
  readonly mostParts: number;
  /** Is shown every chunk before it is taken. */
  readonly onChunk: (chunk: Buffer) => void;
}

/**
 * Cuts what is written into parts of one size and sends them, several at a time; whoever writes waits while all buffers are
 * being sent. It has finished when the service has taken every part, and fails as soon as one cannot be sent.
 */
export class PartWriter extends Writable {
  /** Bytes that have been taken, sent or not. */
  bytesWritten = 0;
  readonly #options: PartWriterOptions;
  readonly #parts: UploadedPart[] = [];
  readonly #buffers: PartBuffer[] = [];
  readonly #free: PartBuffer[] = [];
  /** None of them rejects. */
  readonly #sending = new Set<Promise<void>>();
  #current: PartBuffer | undefined;
  #count = 0;
  #taking: Promise<void> = Promise.resolve();

  constructor(options: PartWriterOptions) {
    super();
    this.#options = options;
  }

  /** What the service has taken, in order. */
  parts(): UploadedPart[] {
    return this.#parts.toSorted((a, b) => a.number - b.number);
  }

  /** Waits until nothing is sent any more after it was destroyed or has finished, and gives up all buffers. */
  async release(): Promise<void> {
    await this.#taking;
    await Promise.all(this.#sending);
    for (const buffer of this.#buffers) await buffer.close();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    this.#taking = this.#take(chunk).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error) => void): void {
    this.#taking = this.#finish().then(() => callback(), callback);
  }

  async #take(chunk: Buffer): Promise<void> {
    this.#options.onChunk(chunk);
    const { partBytes } = this.#options;
    for (let start = 0; start < chunk.length;) {
      this.#current ??= await this.#emptyBuffer();
      const fitting = chunk.subarray(start, start + partBytes - this.#current.bytes);
      await this.#current.append(fitting);
      start += fitting.length;
      if (this.#current.bytes === partBytes) this.#send(this.#current);
    }
    this.bytesWritten += chunk.length;
  }

  async #finish(): Promise<void> {
    // An upload has at least one part, if need be an empty one.
    if (this.#count === 0) this.#current ??= await this.#emptyBuffer();
    if (this.#current !== undefined) this.#send(this.#current);
    await Promise.all(this.#sending);
  }

  async #emptyBuffer(): Promise<PartBuffer> {
    const { partBytes, mostParts } = this.#options;
    if (this.#count === mostParts) throw outOfParts(partBytes, mostParts);
    while (this.#free.length === 0 && this.#buffers.length === bufferCount(partBytes)) {
      await Promise.race(this.#sending);
      if (this.destroyed) throw this.errored ?? new Error('destroyed');
    }
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const made = await makePartBuffer(partBytes);
    this.#buffers.push(made);
    return made;
  }

  #send(buffer: PartBuffer): void {
    this.#current = undefined;
    this.#count += 1;
    const sending = this.#options.upload.sendPart(this.#count, buffer.content()).then(
      (part) => {
        this.#parts.push(part);
        buffer.clear();
        this.#free.push(buffer);
      },
      // At once, also while nobody writes. The buffer is not used again.
      (error: Error) => void this.destroy(error),
    );
    const settled = sending.then(() => void this.#sending.delete(settled));
    this.#sending.add(settled);
  }
}

function outOfParts(partBytes: number, mostParts: number): HoldfastError {
  return new HoldfastError(
    'failed',
    `The archive is larger than was expected before it was made: the service takes ${formatCount(mostParts, 'part')} for one object, and they are full with ${formatBytes(partBytes)} each.`,
    {
      hint:
        "The size expected comes from the server's statistics and from the files that were there in the beginning: bring the statistics " +
        'up to date (ANALYZE), or make several smaller backups (--exclude-table, one per storage).',
    },
  );
}
