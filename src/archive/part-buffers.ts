/**
 * How much text of a part is held at a time: a part that is cut at 8 MiB, with a last row of up to 2 MiB past that. It is memory
 * only as far as it is filled.
 */
const BUFFER_BYTES = 10 << 20;

/**
 * Memory for the text of parts, used again and again: what is allocated and let go part by part keeps V8's collector busy, and
 * the system giving out pages.
 */
export class PartBuffers {
  readonly #idle: Buffer[] = [];
  readonly #waiting: ((buffer: Buffer) => void)[] = [];
  #unmade: number;

  /** @param limit how many there may be at a time; more callers wait */
  constructor(limit: number) {
    this.#unmade = limit;
  }

  /** Lends a buffer. It must be given back. */
  async take(): Promise<Buffer> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#unmade > 0) {
      this.#unmade -= 1;
      return Buffer.allocUnsafeSlow(BUFFER_BYTES);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  giveBack(buffer: Buffer): void {
    const next = this.#waiting.shift();
    if (next) next(buffer);
    else this.#idle.push(buffer);
  }
}
