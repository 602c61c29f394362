import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { release } from '../core/release.ts';
import type { PartBuffers } from './part-buffers.ts';
import { digestOf, DigestingStep, type TextDigest } from './text-digest.ts';
import { zstdFrame, zstdParameters, ZstdLevel } from './zstd-frame.ts';

/** Where a part of a table's rows is cut: the first row boundary at or after so many bytes of uncompressed text. */
export const PART_BYTES = 8 << 20;

/** Up to so many compressed bytes a part that had to be streamed is held in memory; a larger one is streamed on. */
const HELD_BYTES = 16 << 20;

const ZSTD_CHUNK_BYTES = 256 << 10;

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
  /** Says that the content is not needed any more: its memory is used again. Must be called, also where the part failed. */
  release(): void;
}

/**
 * Compresses one part's rows as one zstd frame (RFC 8878) with a checksum, on the thread pool. Returns when the rows have been
 * read, while they are being compressed; of a part too large to be held when it can be read on.
 * @param level of parts that are alike: tells how a part is compressed
 */
export async function packPart(
  part: PartText,
  buffers: PartBuffers,
  level = new ZstdLevel(),
): Promise<PackedPart> {
  const buffer = await buffers.take();
  const giveBack = (): void => buffers.giveBack(buffer);
  const source = part.fill === undefined ? new ChunkFiller(part.chunks) : part;
  let size: number;
  try {
    size = await source.fill!(buffer);
  } catch (error) {
    giveBack();
    throw error;
  }
  // It gives the buffer back itself, also where it fails.
  if (size === buffer.length) return packLarge(restOf(buffer, source.chunks), giveBack);
  const rows = buffer.subarray(0, size);
  const text = digestOf(rows);
  const content = packRows(rows, level, text).then((frame) => settle(frame, buffer));
  // Its failure reaches the caller through what it waits for; it may never ask for the other.
  const packed = Promise.allSettled([content, text]);
  return { content, text, release: () => void packed.then(giveBack) };
}

/** The compressed rows, once nobody needs the rows themselves any more. */
async function packRows(rows: Buffer, level: ZstdLevel, text: Promise<unknown>): Promise<Buffer> {
  const frame = await zstdFrame(rows, await level.for(rows));
  await text;
  return frame;
}

/** Moves a frame to where the rows were: memory of its own would be let go, and allocated again, part by part. */
function settle(frame: Buffer, buffer: Buffer): Buffer {
  if (frame.length > buffer.length) return frame;
  const size = frame.copy(buffer);
  release(frame);
  return buffer.subarray(0, size);
}

async function packLarge(chunks: AsyncIterable<Buffer>, done: () => void): Promise<PackedPart> {
  const zstd = createZstdCompress({ chunkSize: ZSTD_CHUNK_BYTES, params: zstdParameters() });
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
      const content = Buffer.concat(held, heldBytes);
      return { content: Promise.resolve(content), text, release: () => release(content) };
    }
    held.push(next.value);
    heldBytes += next.value.length;
    if (heldBytes > HELD_BYTES) {
      return { content: resume(held, output), text, release: () => undefined };
    }
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
