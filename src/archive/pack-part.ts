import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { release } from '../core/release.ts';
import type { PartBuffers } from './part-buffers.ts';
import { digestOf, DigestingStep, type TextDigest } from './text-digest.ts';

/** Where a part of a table's rows is cut: the first row boundary at or after so many bytes of uncompressed text. */
export const PART_BYTES = 8 << 20;

/** Up to so many compressed bytes a part that had to be streamed is held in memory; a larger one is streamed on. */
const HELD_BYTES = 16 << 20;

const ZSTD_CHUNK_BYTES = 256 << 10;

/** Level 3 is where text gets small; those below it take as long, those above it much longer. */
const PARAMETERS = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };

/** The text of a part: in chunks, or, where it can, into buffers of the reader's. */
export interface PartText {
  readonly chunks: AsyncIterable<Buffer>;
  /** Copies what comes next into `target` and returns how many bytes; fewer than it has room for only at the end. */
  fill?(target: Buffer): Promise<number>;
}

export interface PackedPart {
  /** The compressed part: whole, or a stream, which must be read before the next part's rows can be. */
  readonly content: Promise<Buffer> | AsyncIterable<Buffer>;
  /** Known once all rows have been read. */
  readonly text: Promise<TextDigest>;
}

/**
 * Compresses one part's rows as one zstd frame (RFC 8878) with a checksum, on the thread pool. Returns when the rows have been
 * read, while they are being compressed; of a part too large to be held when it can be read on.
 */
export async function packPart(part: PartText, buffers: PartBuffers): Promise<PackedPart> {
  const buffer = await buffers.take();
  const giveBack = (): void => buffers.giveBack(buffer);
  try {
    const source = part.fill === undefined ? new ChunkFiller(part.chunks) : part;
    const size = await source.fill!(buffer);
    if (size === buffer.length) return await packLarge(restOf(buffer, source.chunks), giveBack);
    const rows = buffer.subarray(0, size);
    const [content, text] = [compressWhole(rows), digestOf(rows)];
    // A failure reaches the caller through what it waits for; it may never ask for the other.
    void Promise.allSettled([content, text]).then(giveBack);
    return { content, text };
  } catch (error) {
    giveBack();
    throw error;
  }
}

/**
 * In one call, from one buffer to another: zstd then needs no window of its own that it would copy all through, and takes its
 * fast ways. Node's `zstdCompress` makes two calls of it.
 */
async function compressWhole(rows: Buffer): Promise<Buffer> {
  const zstd = createZstdCompress({
    chunkSize: largestFrame(rows.length),
    flush: constants.ZSTD_e_end,
    params: PARAMETERS,
  });
  try {
    return await new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      zstd.on('error', reject);
      zstd.on('data', (piece: Buffer) => pieces.push(piece));
      // It is not ended: that would add an empty frame.
      zstd.write(rows, () => {
        resolve(Buffer.concat(pieces));
        for (const piece of pieces) release(piece);
      });
    });
  } finally {
    zstd.destroy();
  }
}

/** The size that a frame never exceeds: a frame's head and checksum, and 3 bytes for each block that stays as it is. */
function largestFrame(size: number): number {
  return size + (size >> 8) + 1024;
}

async function packLarge(chunks: AsyncIterable<Buffer>, done: () => void): Promise<PackedPart> {
  const zstd = createZstdCompress({ chunkSize: ZSTD_CHUNK_BYTES, params: PARAMETERS });
  const digest = new DigestingStep();
  const feeding = pipeline(chunks, (source: AsyncIterable<Buffer>) => digest.pass(source), zstd);
  const text = feeding.then(() => digest.result());
  text.catch(() => undefined).finally(done);
  const output = zstd.iterator() as AsyncIterableIterator<Buffer>;
  const held: Buffer[] = [];
  let heldBytes = 0;
  for (;;) {
    const next = await output.next();
    if (next.done === true) {
      await feeding;
      return { content: Promise.resolve(Buffer.concat(held, heldBytes)), text };
    }
    held.push(next.value);
    heldBytes += next.value.length;
    if (heldBytes > HELD_BYTES) return { content: resume(held, output), text };
  }
}

async function* restOf(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  yield first;
  yield* rest;
}

async function* resume(held: Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) yield chunk;
  yield* rest;
}

/** Fills buffers from chunks. */
class ChunkFiller implements PartText {
  readonly chunks: AsyncIterable<Buffer>;
  readonly #input: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#input = chunks[Symbol.asyncIterator]();
    this.chunks = this.#rest();
  }

  async fill(target: Buffer): Promise<number> {
    let size = 0;
    while (size < target.length) {
      if (this.#chunk.length === 0) {
        const { done, value } = await this.#input.next();
        if (done === true) break;
        this.#chunk = value;
      }
      const taken = this.#chunk.copy(target, size);
      this.#chunk = this.#chunk.subarray(taken);
      size += taken;
    }
    return size;
  }

  async *#rest(): AsyncGenerator<Buffer, void, void> {
    if (this.#chunk.length > 0) yield this.#chunk;
    yield* { [Symbol.asyncIterator]: () => this.#input };
  }
}
