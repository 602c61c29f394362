import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync, constants, type ZlibOptions } from 'node:zlib';
import type { EntryMethod } from './archive.ts';

/** How much of a file's beginning `chooseMethod` looks at. */
export const SAMPLE_BYTES = 64 * 1024;

/** How much of it is counted before anything is deflated. */
const COUNTED_BYTES = 2 * 1024;

/** In less than this the count of bytes says nothing. */
const COUNTABLE_BYTES = 1024;

/** Bits a byte from which content is taken for compressed or encrypted; such content has 7.95 to 8. */
const DENSE_BITS = 7.9;

/** A count times its binary logarithm. */
const COUNT_BITS = Float64Array.from({ length: COUNTED_BYTES + 1 }, (_, count) =>
  count === 0 ? 0 : count * Math.log2(count),
);

/** What deflating must save to be worth the time. */
const WORTHWHILE_SAVING = 0.1;

/** Up to here deflating takes less time than the way to another thread and back. */
const SYNC_BYTES = 8 * 1024;

/** Twice as fast as zlib's usual 6, whose size it has but for 3 in 100 (docs/decisions/0026). */
const LEVEL = 4;

/** In little content a higher one finds hardly more. */
const SMALL_LEVEL = 1;

/** What is deflated by itself of a long stream. */
const BLOCK_BYTES = 256 * 1024;

/** How many of them at a time: Node's thread pool has four threads. */
const BLOCKS_AT_A_TIME = 4;

/** An empty last block, which ends a deflated stream (RFC 1951, 3.2.6). */
const LAST_BLOCK = Buffer.from([3, 0]);

const deflateInPool = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** The raw deflated form of `content`. */
export async function deflate(content: Buffer, level?: number): Promise<Buffer> {
  const options = optionsFor(content, level);
  return content.length <= SYNC_BYTES ? deflateRawSync(content, options) : deflateInPool(content, options);
}

/** All of the output goes into one chunk, and small content gets a small window: zlib clears its tables for each. */
function optionsFor({ length }: Buffer, level?: number): ZlibOptions {
  const chunkSize = Math.max(length, 64);
  if (length > SYNC_BYTES) return { level: level ?? LEVEL, chunkSize };
  return { level: level ?? SMALL_LEVEL, chunkSize, windowBits: 13, memLevel: 6 };
}

/**
 * The raw deflated form of a stream. It is cut into blocks that are deflated beside one another, each by itself and ended
 * at a byte, so that they can be joined (RFC 1951, 3.2.4: an empty stored block ends each).
 */
export async function* deflateStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  const queue: Promise<Buffer>[] = [];
  for await (const block of blocksOf(chunks)) {
    queue.push(deflateBlock(block));
    if (queue.length === BLOCKS_AT_A_TIME) yield queue.shift()!;
  }
  for (const deflated of queue) yield deflated;
  yield LAST_BLOCK;
}

/** One block of a deflated stream that goes on. */
export function deflateBlock(block: Buffer, level?: number): Promise<Buffer> {
  return deflateInPool(block, {
    ...optionsFor(block, level),
    finishFlush: constants.Z_SYNC_FLUSH,
  });
}

/** What comes behind the last block. */
export function lastBlock(): Buffer {
  return LAST_BLOCK;
}

async function* blocksOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  let pending: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    pending.push(chunk);
    bytes += chunk.length;
    if (bytes < BLOCK_BYTES) continue;
    yield Buffer.concat(pending, bytes);
    pending = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(pending, bytes);
}

/** Whether a file that begins with `sample` is worth deflating: not when it is compressed already, or empty. */
export async function chooseMethod(sample: Buffer): Promise<EntryMethod> {
  const beginning = sample.subarray(0, SAMPLE_BYTES);
  return !isDense(beginning) && isWorthwhile(beginning, await deflate(beginning, 1)) ? 'deflate' : 'store';
}

/** The method for a file that is held whole, with its deflated form where that is the one; for `ArchiveWriter.add`. */
export async function pack(content: Buffer): Promise<{ method: EntryMethod; deflated?: Buffer }> {
  if (isDense(content)) return { method: 'store' };
  const deflated = await deflate(content);
  return isWorthwhile(content, deflated) ? { method: 'deflate', deflated } : { method: 'store' };
}

/** The same at once, for threads of their own: the deflated form, or null for content that is to be stored. */
export function packSync(content: Buffer): Buffer | null {
  if (isDense(content)) return null;
  const deflated = deflateRawSync(content, optionsFor(content));
  return isWorthwhile(content, deflated) ? deflated : null;
}

function isWorthwhile(content: Buffer, deflated: Buffer): boolean {
  return deflated.length < content.length * (1 - WORTHWHILE_SAVING);
}

/**
 * Whether content begins as if it were compressed or encrypted: every byte about as often as every other. Deflating such
 * a sample takes ten times as long as counting it.
 */
function isDense(content: Buffer): boolean {
  const bytes = Math.min(content.length, COUNTED_BYTES);
  if (bytes < COUNTABLE_BYTES) return false;
  const counts = new Uint16Array(256);
  for (let index = 0; index < bytes; index++) counts[content[index]!]!++;
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) sum += COUNT_BITS[counts[byte]!]!;
  // A short text has less of them than its source: Miller and Madow's correction.
  return Math.log2(bytes) - sum / bytes + 255 / (2 * bytes * Math.LN2) > DENSE_BITS;
}
