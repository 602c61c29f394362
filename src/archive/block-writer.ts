const BLOCK_BYTES = 256 * 1024;

/** What is larger goes on as it is rather than be copied. */
const PASSED_BYTES = 32 * 1024;

/** Joins small writes to blocks. */
export class BlockWriter {
  /** Where `claim` gave room. */
  block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #used = 0;
  readonly #pass: (bytes: Buffer, release?: () => void) => void;
  /** Blocks that were given back. */
  readonly #free: Buffer[] = [];

  /** @param pass takes bytes, and may call `release` once it does not need them any more: they are used again then */
  constructor(pass: (bytes: Buffer, release?: () => void) => void) {
    this.#pass = pass;
  }

  /** Room for `bytes` bytes in `block`, at most 64 KiB: where it begins. */
  claim(bytes: number): number {
    if (this.#used + bytes > BLOCK_BYTES) this.flush();
    const at = this.#used;
    this.#used += bytes;
    return at;
  }

  /** Takes bytes that nobody changes from now on. */
  write(bytes: Buffer): void {
    if (bytes.length <= PASSED_BYTES) return this.copy(bytes);
    this.flush();
    this.#pass(bytes);
  }

  /** Takes a copy of bytes. */
  copy(bytes: Buffer): void {
    for (let taken = 0; taken < bytes.length;) {
      if (this.#used === BLOCK_BYTES) this.flush();
      const copied = bytes.copy(this.block, this.#used, taken);
      this.#used += copied;
      taken += copied;
    }
  }

  flush(): void {
    if (this.#used === 0) return;
    const { block } = this;
    this.#pass(block.subarray(0, this.#used), () => this.#free.push(block));
    this.block = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#used = 0;
  }
}
