import type { ByteSource } from '../core/byte-source.ts';
import { release } from '../core/release.ts';

/** A crypt as its format sees it: plaintext that is decrypted one segment at a time. */
export interface SegmentedText {
  readonly name: string;
  /** Bytes of plaintext. */
  readonly size: number;
  /** The segment that holds the plaintext's byte `position`, and where in that segment's plaintext it is. */
  locate(position: number): { segment: number; offset: number };
  /**
   * The plaintext of one segment, authenticated, in a buffer that is the caller's from then on.
   * @throws HoldfastError `damaged` when it is not authentic
   */
  load(segment: number): Promise<Buffer>;
  /** Says that these segments, from the first to the one behind the last, are going to be loaded. */
  expect(first: number, end: number): void;
  close(): Promise<void>;
}

/**
 * Segments kept decrypted: enough for a few readers at different places, few enough to forget about memory.
 */
const CACHED_SEGMENTS = 6;

/**
 * Random access to a segmented plaintext. Reads may overlap; those that meet in one segment decrypt it once.
 */
export class SegmentReader implements ByteSource {
  readonly #text: SegmentedText;
  /** Ordered by last use, the oldest first. Holds promises, so that a segment under way is shared too. */
  readonly #cache = new Map<number, Promise<Buffer>>();

  constructor(text: SegmentedText) {
    this.#text = text;
  }

  get name(): string {
    return this.#text.name;
  }

  get size(): number {
    return this.#text.size;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    const wanted = Math.max(0, Math.min(target.length, this.size - position));
    for (let done = 0; done < wanted;) {
      const { segment, offset } = this.#text.locate(position + done);
      const plaintext = await this.#segment(segment);
      const part = plaintext.subarray(offset, offset + wanted - done);
      target.set(part, done);
      done += part.length;
    }
    return wanted;
  }

  expect(start: number, end: number): void {
    const last = Math.min(end, this.size) - 1;
    if (start > last) return;
    this.#text.expect(this.#text.locate(start).segment, this.#text.locate(last).segment + 1);
  }

  close(): Promise<void> {
    for (const segment of this.#cache.keys()) this.#drop(segment);
    return this.#text.close();
  }

  #segment(segment: number): Promise<Buffer> {
    const cached = this.#cache.get(segment);
    this.#cache.delete(segment);
    const plaintext = cached ?? this.#text.load(segment);
    this.#cache.set(segment, plaintext);
    // A read that failed for a passing reason must not fail for ever.
    if (!cached) plaintext.catch(() => this.#cache.get(segment) === plaintext && this.#cache.delete(segment));
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= CACHED_SEGMENTS) break;
      this.#drop(oldest);
    }
    return plaintext;
  }

  /** Gives its memory back, after those who wait for it, and so asked before, have taken their bytes. */
  #drop(segment: number): void {
    this.#cache.get(segment)?.then(release, () => undefined);
    this.#cache.delete(segment);
  }
}
