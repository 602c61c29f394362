/** From the first byte to the one behind the last. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Ranges that are no farther apart become one: what lies between costs less than a request of its own. */
const LEAST_GAP_BYTES = 256 << 10;

/** The parts of a source that are going to be read, in order. */
export class ExpectedRanges {
  readonly #ranges: ByteRange[] = [];

  /** Adds a range. That is quick for what is known already and for what lies behind all others. */
  add(start: number, end: number): void {
    if (start >= end) return;
    const first = this.#indexOf(start - LEAST_GAP_BYTES);
    let from = start;
    let to = end;
    let last = first;
    for (let next = this.#ranges[last]; next !== undefined && next.start <= to + LEAST_GAP_BYTES;) {
      from = Math.min(from, next.start);
      to = Math.max(to, next.end);
      next = this.#ranges[++last];
    }
    const [only] = last - first === 1 ? this.#ranges.slice(first, last) : [];
    if (only === undefined) this.#ranges.splice(first, last - first, { start: from, end: to });
    else Object.assign(only, { start: from, end: to });
  }

  /** Where the range ends that holds `position`; undefined when none does. */
  endAt(position: number): number | undefined {
    const range = this.#ranges[this.#indexOf(position + 1)];
    return range !== undefined && range.start <= position ? range.end : undefined;
  }

  /** What is expected from `position` on, in order. */
  *from(position: number): Generator<Readonly<ByteRange>, void, void> {
    for (let index = this.#indexOf(position + 1); index < this.#ranges.length; index++) {
      const { start, end } = this.#ranges[index] as ByteRange;
      yield { start: Math.max(start, position), end };
    }
  }

  /** The first range that ends at `position` or behind it. */
  #indexOf(position: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle] as ByteRange).end < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
