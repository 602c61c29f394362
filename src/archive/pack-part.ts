import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { DigestingStep, type TextDigest } from './text-digest.ts';

/** Where a part of a table's rows is cut: the first row boundary at or after so many bytes of uncompressed text. */
export const PART_BYTES = 8 << 20;

/** Up to so many compressed bytes a part is held in memory; a larger one (one huge row) is streamed. */
const HELD_BYTES = 16 << 20;

const ZSTD_CHUNK_BYTES = 256 << 10;

export interface PackedPart {
  /** The compressed part: held whole, or a stream that must be read before the next part's rows can be. */
  readonly content: Buffer | AsyncIterable<Buffer>;
  /** Known once all rows have been read. */
  readonly text: Promise<TextDigest>;
}

/** Compresses one part's rows as one zstd frame (RFC 8878) with a checksum, on the thread pool. */
export async function packPart(chunks: AsyncIterable<Buffer>): Promise<PackedPart> {
  const zstd = createZstdCompress({
    chunkSize: ZSTD_CHUNK_BYTES,
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  const digest = new DigestingStep();
  const feeding = pipeline(chunks, (source: AsyncIterable<Buffer>) => digest.pass(source), zstd);
  const text = feeding.then(() => digest.result());
  // A failure reaches the caller through `content`, which the pipeline destroys; `text` may never be asked for then.
  text.catch(() => {});
  const output = zstd.iterator() as AsyncIterableIterator<Buffer>;
  const held: Buffer[] = [];
  let heldBytes = 0;
  for (;;) {
    const next = await output.next();
    if (next.done === true) {
      await feeding;
      return { content: Buffer.concat(held, heldBytes), text };
    }
    held.push(next.value);
    heldBytes += next.value.length;
    if (heldBytes > HELD_BYTES) return { content: resume(held, output), text };
  }
}

async function* resume(held: Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) yield chunk;
  yield* rest;
}
