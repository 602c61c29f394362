import { HoldfastError } from '../core/errors.ts';
import { ExpectedRanges } from './expected-ranges.ts';
import { ExtentCache } from './extent-cache.ts';
import type { Extent } from './extent.ts';

/** How much one request asks for where much is expected, in bytes. */
const REQUEST_BYTES = 4 << 20;

/** How far ahead of a read it is fetched, in bytes: four or five requests are under way. */
const AHEAD_BYTES = 4 * REQUEST_BYTES;

/** How many requests are under way at most when they are small. */
const AHEAD_REQUESTS = 16;

/** All that is held, in bytes: what is fetched ahead, and what has been read and may be read again. */
const HELD_BYTES = 32 << 20;

/** Fetches the bytes from `start` up to `end` by one request, and hands them over in order as they come. */
export type FetchRange = (start: number, end: number, take: (bytes: Uint8Array) => void) => Promise<void>;

/**
 * Reads a source that answers late but many requests at a time. Along the ranges that are expected it fetches ahead of
 * each read; readers at different places each have their own lead. Everything else is fetched as it is asked for. Holds
 * a bounded number of bytes, which serve as a cache.
 */
export class ReadAhead {
  readonly #size: number;
  readonly #fetch: FetchRange;
  readonly #expected = new ExpectedRanges();
  readonly #extents = new ExtentCache(HELD_BYTES, REQUEST_BYTES);
  readonly #underWay = new Set<Promise<void>>();

  /** @param size of the source, in bytes */
  constructor(size: number, fetch: FetchRange) {
    this.#size = size;
    this.#fetch = fetch;
  }

  expect(start: number, end: number): void {
    this.#expected.add(Math.max(0, start), Math.min(end, this.#size));
  }

  /** As `ByteSource.read`. */
  async read(target: Uint8Array, position: number): Promise<number> {
    const wanted = Math.max(0, Math.min(target.length, this.#size - position));
    for (let done = 0; done < wanted;) {
      const at = position + done;
      const extent = this.#extents.find(at) ?? this.#demand(at, position + wanted);
      if (done === 0) this.#fetchAhead(at);
      done += await extent.read(target.subarray(done, wanted), at);
    }
    return wanted;
  }

  /** Waits until nothing is under way any more; to end that is up to the owner. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Begins to fetch what a read needs from `at` to `until`, and more where more is expected. */
  #demand(at: number, until: number): Extent {
    const free = this.#extents.startBehind(at);
    const least = Math.min(until, free);
    const expected = this.#expected.endAt(at) ?? until;
    const end = Math.max(least, Math.min(expected, at + REQUEST_BYTES, free));
    return this.#begin(at, this.#extents.makeRoom(end - at, 'any') ? end : least);
  }

  #fetchAhead(position: number): void {
    let ahead = 0;
    for (const range of this.#expected.from(position)) {
      for (let at = range.start; at < range.end;) {
        if (ahead >= AHEAD_BYTES || this.#underWay.size >= AHEAD_REQUESTS) return;
        const held = this.#extents.find(at);
        const end = held?.end ?? Math.min(range.end, at + REQUEST_BYTES, this.#extents.startBehind(at));
        if (held === undefined) {
          if (!this.#extents.makeRoom(end - at, 'spent')) return;
          this.#begin(at, end);
        }
        ahead += end - at;
        at = end;
      }
    }
  }

  #begin(start: number, end: number): Extent {
    const extent = this.#extents.add(start, end);
    const filling = this.#fill(extent)
      .catch((error: unknown) => {
        // Whoever waits for it learns of it; the next read tries again.
        this.#extents.remove(extent);
        extent.fail(error);
      })
      .finally(() => this.#underWay.delete(filling));
    this.#underWay.add(filling);
    return extent;
  }

  async #fill(extent: Extent): Promise<void> {
    const { start, end } = extent;
    await this.#fetch(start, end, (bytes) => {
      if (!extent.fill(bytes)) throw wrongLength(start, end, 'more');
    });
    if (!extent.isWhole) throw wrongLength(start, end, 'fewer');
  }
}

function wrongLength(start: number, end: number, how: string): HoldfastError {
  return new HoldfastError('failed', `The service gave ${how} bytes than those from ${start} to ${end - 1}.`);
}
