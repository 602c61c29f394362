import { availableParallelism } from 'node:os';
import { constants, createZstdCompress } from 'node:zlib';
import { release } from '../core/release.ts';

/** Where text gets small: levels below take as long, those above much longer. */
const USUAL_LEVEL = 3;

/**
 * What the usual level does to rows of numbers and short words: the many short matches that it finds take twice the time, and more
 * room than the few long ones of this level.
 */
const QUICK_LEVEL = 1;

/** The beginning of a part that tells which level it is. */
const SAMPLE_BYTES = 256 << 10;
/** A part from here on is worth the time. */
const SAMPLED_BYTES = 2 << 20;
/** How much smaller the quick level must make the sample: less may be otherwise in the whole. */
const GAIN = 0.03;

export function zstdParameters(level = USUAL_LEVEL): Record<number, number> {
  return { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
}

/** The level for parts of one table that follow each other, as the first large one tells. */
export class ZstdLevel {
  #chosen: Promise<number> | undefined;

  for(rows: Buffer): Promise<number> {
    if (rows.length < SAMPLED_BYTES) return Promise.resolve(USUAL_LEVEL);
    this.#chosen ??= chooseLevel(rows.subarray(0, SAMPLE_BYTES));
    return this.#chosen;
  }
}

async function chooseLevel(sample: Buffer): Promise<number> {
  const [usual, quick] = [await zstdFrame(sample, USUAL_LEVEL), await zstdFrame(sample, QUICK_LEVEL)];
  const level = quick.length < usual.length * (1 - GAIN) ? QUICK_LEVEL : USUAL_LEVEL;
  for (const frame of [usual, quick]) release(frame);
  return level;
}

/** How many frames may still be begun: each has memory for the largest one there could be, and more than cores gain nothing. */
let idle = availableParallelism();
const waiting: (() => void)[] = [];

/**
 * A zstd frame (RFC 8878) with a checksum, made on the thread pool. In one call, from one buffer to another: zstd then needs no
 * window of its own that it would copy all through, and takes its fast ways. Node's `zstdCompress` makes two calls of it.
 * @returns memory of its own, that may be released
 */
export async function zstdFrame(text: Buffer, level: number): Promise<Buffer> {
  if (idle > 0) idle -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await compress(text, level);
  } finally {
    const next = waiting.shift();
    if (next === undefined) idle += 1;
    else next();
  }
}

async function compress(text: Buffer, level: number): Promise<Buffer> {
  const zstd = createZstdCompress({
    chunkSize: largestFrame(text.length),
    flush: constants.ZSTD_e_end,
    params: zstdParameters(level),
  });
  try {
    return await new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      zstd.on('error', reject);
      zstd.on('data', (piece: Buffer) => pieces.push(piece));
      // It is not ended: that would add an empty frame.
      zstd.write(text, () => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)));
    });
  } finally {
    zstd.destroy();
  }
}

/** The size that a frame never exceeds: a frame's head and checksum, and 3 bytes for each block that stays as it is. */
function largestFrame(size: number): number {
  return size + (size >> 8) + 1024;
}
