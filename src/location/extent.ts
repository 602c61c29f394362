/** A stretch of a source, from `start` up to `end`, that is being fetched or is held in memory. */
export class Extent {
  readonly start: number;
  readonly end: number;
  /** At least as long as the stretch. */
  readonly buffer: Buffer;
  /** When it was last read, by the clock of its owner. */
  lastUse = 0;
  /** Bytes that have been read out of it, those read again counted again. */
  #taken = 0;
  #filled = 0;
  #readers = 0;
  #failure: { readonly error: unknown } | null = null;
  #waiting: (() => void)[] = [];

  constructor(start: number, end: number, buffer: Buffer) {
    this.start = start;
    this.end = end;
    this.buffer = buffer;
  }

  get length(): number {
    return this.end - this.start;
  }

  get isWhole(): boolean {
    return this.#filled === this.length;
  }

  /** Whether nobody waits for it or fills it. */
  get isIdle(): boolean {
    return this.#readers === 0 && (this.isWhole || this.#failure !== null);
  }

  /** Whether it has done its work, as far as can be told: as much was read out of it as it holds. */
  get isSpent(): boolean {
    return this.#taken >= this.length;
  }

  /** Takes the next bytes; false when they are too many. */
  fill(bytes: Uint8Array): boolean {
    if (bytes.length > this.length - this.#filled) return false;
    this.buffer.set(bytes, this.#filled);
    this.#filled += bytes.length;
    this.#wake();
    return true;
  }

  /** No more bytes come. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }

  /** Copies what it has from `position` on as soon as it has come, and returns how many bytes that is. */
  async read(target: Uint8Array, position: number): Promise<number> {
    const offset = position - this.start;
    const bytes = Math.min(target.length, this.end - position);
    this.#readers++;
    try {
      while (this.#filled < offset + bytes) {
        if (this.#failure !== null) throw this.#failure.error;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
      target.set(this.buffer.subarray(offset, offset + bytes));
      this.#taken += bytes;
      return bytes;
    } finally {
      this.#readers--;
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
