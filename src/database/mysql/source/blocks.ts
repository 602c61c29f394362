/** Memory of one size, used again as soon as nothing of it is needed. */
export class Blocks {
  readonly #bytes: number;
  /** One of which nothing is needed any more. */
  #spare: Buffer | undefined;
  /** That of the last piece that was copied. */
  #copied: ArrayBufferLike | undefined;
  /** That of the last piece that is kept. */
  #kept: ArrayBufferLike | undefined;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(): Buffer {
    const block = this.#spare ?? Buffer.allocUnsafeSlow(this.#bytes);
    this.#spare = undefined;
    return block;
  }

  /** Says that a piece was copied, to its end. They are copied in order, so the block before its own is free then. */
  copied({ buffer }: Buffer): void {
    if (buffer.byteLength !== this.#bytes || buffer === this.#copied || buffer === this.#kept) return;
    if (this.#copied !== undefined) this.#spare = Buffer.from(this.#copied);
    this.#copied = buffer;
  }

  /** Says that a piece is kept: its block is never used again. */
  kept({ buffer }: Buffer): void {
    if (buffer.byteLength !== this.#bytes) return;
    this.#copied = undefined;
    this.#kept = buffer;
  }
}
