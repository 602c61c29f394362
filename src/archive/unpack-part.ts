import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  constants,
  createZstdDecompress,
  zstdDecompress,
  zstdDecompressSync,
  type ZstdOptions,
} from 'node:zlib';
import { HoldfastError, systemCodeOf } from '../core/errors.ts';
import { release } from '../core/release.ts';
import { rowCounter } from '../core/row-counter.ts';
import { DigestingStep, type TextDigest } from './text-digest.ts';

const ZSTD_CHUNK_BYTES = 256 << 10;

/** Up to so many bytes of rows are unpacked at one go: nearly all parts, for a part is cut at 8 MiB. */
export const WHOLE_BYTES = 16 << 20;

/** What a frame may take more than its rows, in bytes, and still be read whole. */
const FRAME_SLACK = 1 << 20;

/** The smallest output that Node takes. */
const LEAST_OUTPUT = 64;

/** The largest window that a part may ask for, as a power of 2: 8 MiB, what RFC 8878 (3.1.1.1.2) wants of every decoder. */
const WINDOW_LOG = 23;

const ZSTD_PARAMS = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG };

/** Most bytes that one byte of a zstd frame can stand for: a block of 4 bytes repeats one byte 128 KiB long. */
export const MOST_BYTES_PER_BYTE = 32_768;

/** What a part must turn out to be. */
export interface ExpectedPart extends TextDigest {
  readonly entry: string;
  readonly rows: number;
}

const unpack = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);

/**
 * Checks that a compressed part is, to the byte, what `expected` says.
 * @param rowMarks as `Engine.rowMarks`
 * @throws HoldfastError `damaged`, or what `compressed` throws
 */
export async function checkPart(
  compressed: Buffer | AsyncIterable<Buffer>,
  expected: ExpectedPart,
  rowMarks: string | null,
): Promise<void> {
  for await (const _rows of unpackStream(streamOf(compressed), expected, rowMarks));
}

/**
 * The same at one go, on the thread of the caller, for a part of up to `WHOLE_BYTES` of rows.
 * @throws HoldfastError `damaged`
 */
export function checkFrame(frame: Buffer, expected: ExpectedPart, rowMarks: string | null): void {
  let text: Buffer;
  try {
    text = zstdDecompressSync(frame, wholeOptions(expected));
  } catch (error) {
    throw frameError(error, expected);
  }
  checkText(text, expected, rowMarks);
  release(text);
}

/**
 * The rows of a compressed part. The stream fails with HoldfastError `damaged` unless they are, to the byte, what `expected`
 * says; it never gives more bytes than that. A part of up to 16 MiB of rows is one chunk, which has been checked. Larger ones
 * come in chunks as they are unpacked, and are checked at the end. The work begins with the first `read`: `stream.read(0)` makes the
 * next part ready, on the thread pool, while one is being loaded.
 * @param rowMarks as `Engine.rowMarks`
 */
export function unpackPart(
  compressed: AsyncIterable<Buffer>,
  expected: ExpectedPart,
  rowMarks: string | null = null,
): Readable {
  const rows =
    expected.bytes <= WHOLE_BYTES
      ? unpackHeld(compressed, expected, rowMarks)
      : unpackStream(compressed, expected, rowMarks);
  return Readable.from(rows, { objectMode: false });
}

/** Reads the frame whole, unless it has far more bytes than its rows. */
async function* unpackHeld(
  compressed: AsyncIterable<Buffer>,
  expected: ExpectedPart,
  rowMarks: string | null,
): AsyncGenerator<Buffer, void, void> {
  const chunks: Buffer[] = [];
  let length = 0;
  const input = compressed[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await input.next();
      if (next.done === true) break;
      chunks.push(next.value);
      length += next.value.length;
      if (length <= expected.bytes + FRAME_SLACK) continue;
      const all = async function* (): AsyncGenerator<Buffer, void, void> {
        yield* chunks;
        yield* { [Symbol.asyncIterator]: () => input };
      };
      return yield* unpackStream(all(), expected, rowMarks);
    }
  } finally {
    await input.return?.();
  }
  const frame = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
  const rows = await unpackWhole(frame, expected, rowMarks);
  if (rows.length > 0) yield rows;
}

async function unpackWhole(frame: Buffer, expected: ExpectedPart, rowMarks: string | null): Promise<Buffer> {
  let text: Buffer;
  try {
    text = await unpack(frame, wholeOptions(expected));
  } catch (error) {
    throw frameError(error, expected);
  }
  checkText(text, expected, rowMarks);
  return text;
}

function wholeOptions({ bytes }: ExpectedPart): ZstdOptions {
  // With one byte more than there should be, the output is never full, which would make Node get a second one.
  const room = Math.max(LEAST_OUTPUT, bytes + 1);
  return { chunkSize: room, maxOutputLength: room, params: ZSTD_PARAMS };
}

function frameError(error: unknown, expected: ExpectedPart): HoldfastError {
  if (systemCodeOf(error) === 'ERR_BUFFER_TOO_LARGE') return tooLong(expected);
  return damaged(expected, 'is no valid zstd frame', error);
}

function checkText(text: Buffer, expected: ExpectedPart, rowMarks: string | null): void {
  if (text.length > expected.bytes) throw tooLong(expected);
  const found = { bytes: text.length, sha256: hash('sha256', text) };
  compare(found, rowCounter(rowMarks)(text), expected);
}

async function* unpackStream(
  compressed: AsyncIterable<Buffer>,
  expected: ExpectedPart,
  rowMarks: string | null,
): AsyncGenerator<Buffer, void, void> {
  const digest = new DigestingStep();
  const countRows = rowCounter(rowMarks);
  let rows = 0;
  const source = Readable.from(compressed, { objectMode: false });
  const zstd = createZstdDecompress({ chunkSize: ZSTD_CHUNK_BYTES, params: ZSTD_PARAMS });
  source.once('error', (error) => zstd.destroy(error));
  zstd.once('close', () => source.destroy());
  for await (const chunk of digest.pass(translateErrors(source.pipe(zstd), expected))) {
    if (digest.bytes > expected.bytes) throw tooLong(expected);
    rows += countRows(chunk);
    yield chunk;
  }
  compare(digest.result(), rows, expected);
}

function compare({ bytes, sha256 }: TextDigest, rows: number, expected: ExpectedPart): void {
  if (bytes !== expected.bytes)
    throw damaged(expected, `holds ${bytes} bytes of rows instead of ${expected.bytes}`);
  if (sha256 !== expected.sha256) throw damaged(expected, 'holds other rows than the manifest says');
  if (rows !== expected.rows) throw damaged(expected, `holds ${rows} rows instead of ${expected.rows}`);
}

async function* streamOf(content: Buffer | AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  if (Buffer.isBuffer(content)) yield content;
  else yield* content;
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

function tooLong(part: ExpectedPart): HoldfastError {
  return damaged(part, `holds more than ${part.bytes} bytes of rows`);
}

function damaged(part: ExpectedPart, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError('damaged', `${part.entry} ${what}.`, { cause });
}
