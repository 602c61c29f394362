/** Smaller pieces are made anew: the system is quick with them. */
const SMALLEST = 2 ** 20;

/** Memory for pieces of contents, used again: the collector would leave much of it lying about for a while. */
export class PiecePool {
  readonly #bytes: number;
  readonly #free: Buffer[] = [];

  /** @param bytes the size of the pieces that are used again */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(bytes: number): Buffer {
    if (bytes < SMALLEST || bytes > this.#bytes) return Buffer.allocUnsafeSlow(bytes);
    return (this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes)).subarray(0, bytes);
  }

  /** Nobody may read or write the piece any more. */
  giveBack(piece: Buffer): void {
    if (piece.buffer.byteLength === this.#bytes) this.#free.push(Buffer.from(piece.buffer));
  }
}
