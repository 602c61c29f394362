import { Extent } from './extent.ts';

/** Extents that do not overlap, held in a bounded number of bytes. */
export class ExtentCache {
  readonly #limit: number;
  readonly #pooledBytes: number;
  /** In the order of their bytes. */
  readonly #extents: Extent[] = [];
  /** Buffers of `pooledBytes` to use again: the collector of garbage would let many pile up. */
  readonly #free: Buffer[] = [];
  #held = 0;
  #clock = 0;

  /**
   * @param limit how many bytes may be held
   * @param pooledBytes how long most extents are
   */
  constructor(limit: number, pooledBytes: number) {
    this.#limit = limit;
    this.#pooledBytes = pooledBytes;
  }

  /** The extent with the byte at `position`, which is about to be read. */
  find(position: number): Extent | undefined {
    const extent = this.#extents[this.#indexBehind(position) - 1];
    if (extent === undefined || extent.end <= position) return undefined;
    extent.lastUse = ++this.#clock;
    return extent;
  }

  /** Where the next extent behind `position` begins; infinite when there is none. */
  startBehind(position: number): number {
    return this.#extents[this.#indexBehind(position)]?.start ?? Infinity;
  }

  /**
   * Drops extents until there is room for `bytes` more: those that have done their work, the one first that was longest
   * not read; with `any` then the others that nobody waits for. Returns whether there is room.
   */
  makeRoom(bytes: number, what: 'spent' | 'any'): boolean {
    while (this.#held + this.#bufferBytes(bytes) > this.#limit) {
      const oldest =
        this.#oldest((extent) => extent.isSpent) ?? (what === 'any' ? this.#oldest(() => true) : undefined);
      if (oldest === undefined) return false;
      this.remove(oldest);
    }
    return true;
  }

  /** Adds an extent for bytes that none holds. */
  add(start: number, end: number): Extent {
    const bytes = this.#bufferBytes(end - start);
    const pooled = bytes === this.#pooledBytes ? this.#free.pop() : undefined;
    const extent = new Extent(start, end, pooled ?? Buffer.allocUnsafeSlow(bytes));
    extent.lastUse = ++this.#clock;
    this.#extents.splice(this.#indexBehind(start), 0, extent);
    this.#held += bytes;
    while (this.#held + this.#free.length * this.#pooledBytes > this.#limit && this.#free.length > 0)
      this.#free.pop();
    return extent;
  }

  remove(extent: Extent): void {
    const index = this.#extents.indexOf(extent);
    if (index === -1) return;
    this.#extents.splice(index, 1);
    this.#held -= extent.buffer.length;
    // One that failed may still be filled by what is left of its request.
    if (extent.isIdle && extent.isWhole && extent.buffer.length === this.#pooledBytes)
      this.#free.push(extent.buffer);
  }

  #bufferBytes(bytes: number): number {
    return bytes > this.#pooledBytes / 2 && bytes < this.#pooledBytes ? this.#pooledBytes : bytes;
  }

  #oldest(isWanted: (extent: Extent) => boolean): Extent | undefined {
    let oldest: Extent | undefined;
    for (const extent of this.#extents) {
      if (!extent.isIdle || !isWanted(extent)) continue;
      if (oldest === undefined || extent.lastUse < oldest.lastUse) oldest = extent;
    }
    return oldest;
  }

  /** How many extents begin at `position` or before. */
  #indexBehind(position: number): number {
    let low = 0;
    let high = this.#extents.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#extents[middle] as Extent).start <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
