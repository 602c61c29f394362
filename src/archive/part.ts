import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { HoldfastError } from '../core/errors.ts';
import { rowCounter } from '../core/row-counter.ts';

/** Where a part of a table's rows is cut: the first row boundary at or after so many bytes of uncompressed text. */
export const PART_BYTES = 8 << 20;

/** Up to so many compressed bytes a part is held in memory; a larger one (one huge row) is streamed. */
const HELD_BYTES = 16 << 20;

const ZSTD_CHUNK_BYTES = 256 << 10;

/** The largest window that a part may ask for, as a power of 2: 8 MiB, what RFC 8878 (3.1.1.1.2) wants of every decoder. */
const WINDOW_LOG = 23;

/** Most bytes that one byte of a zstd frame can stand for: a block of 4 bytes repeats one byte 128 KiB long. */
export const MOST_BYTES_PER_BYTE = 32_768;

/** What the manifest says of a part's text. */
export interface TextDigest {
  /** Bytes of uncompressed text. */
  readonly bytes: number;
  /** SHA-256 of the uncompressed text, in hex. */
  readonly sha256: string;
}

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

/** What a part must turn out to be. */
export interface ExpectedPart extends TextDigest {
  readonly entry: string;
  readonly rows: number;
}

/**
 * The rows of a compressed part. The stream fails with HoldfastError `damaged` unless they are, to the byte, what
 * `expected` says; it never gives more bytes than that.
 * @param rowMarks as `Engine.rowMarks`
 */
export function unpackPart(
  compressed: AsyncIterable<Buffer>,
  expected: ExpectedPart,
  rowMarks: string | null = null,
): Readable {
  const digest = new DigestingStep();
  const countRows = rowCounter(rowMarks);
  let rows = 0;
  const checked = async function* (text: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    for await (const chunk of digest.pass(text)) {
      if (digest.bytes > expected.bytes)
        throw damaged(expected, `holds more than ${expected.bytes} bytes of rows`);
      rows += countRows(chunk);
      yield chunk;
    }
    const { bytes, sha256 } = digest.result();
    if (bytes !== expected.bytes)
      throw damaged(expected, `holds ${bytes} bytes of rows instead of ${expected.bytes}`);
    if (sha256 !== expected.sha256) throw damaged(expected, 'holds other rows than the manifest says');
    if (rows !== expected.rows) throw damaged(expected, `holds ${rows} rows instead of ${expected.rows}`);
  };
  const source = Readable.from(compressed, { objectMode: false });
  const zstd = createZstdDecompress({
    chunkSize: ZSTD_CHUNK_BYTES,
    params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG },
  });
  source.once('error', (error) => zstd.destroy(error));
  zstd.once('close', () => source.destroy());
  return Readable.from(checked(translateErrors(source.pipe(zstd), expected)), { objectMode: false });
}

async function* translateErrors(
  zstd: AsyncIterable<Buffer>,
  expected: ExpectedPart,
): AsyncGenerator<Buffer, void, void> {
  try {
    yield* zstd;
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw damaged(expected, 'is no valid zstd frame', error);
  }
}

function damaged(part: ExpectedPart, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError('damaged', `${part.entry} ${what}.`, { cause });
}

/** Passes chunks through, counting and hashing them. */
class DigestingStep {
  readonly #hash = createHash('sha256');
  bytes = 0;

  async *pass(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk);
      this.bytes += chunk.length;
      yield chunk;
    }
  }

  result(): TextDigest {
    return { bytes: this.bytes, sha256: this.#hash.digest('hex') };
  }
}
