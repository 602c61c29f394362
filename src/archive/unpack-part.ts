import { Readable } from 'node:stream';
import { constants, createZstdDecompress } from 'node:zlib';
import { HoldfastError } from '../core/errors.ts';
import { rowCounter } from '../core/row-counter.ts';
import { DigestingStep, type TextDigest } from './text-digest.ts';

const ZSTD_CHUNK_BYTES = 256 << 10;

/** The largest window that a part may ask for, as a power of 2: 8 MiB, what RFC 8878 (3.1.1.1.2) wants of every decoder. */
const WINDOW_LOG = 23;

/** Most bytes that one byte of a zstd frame can stand for: a block of 4 bytes repeats one byte 128 KiB long. */
export const MOST_BYTES_PER_BYTE = 32_768;

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
