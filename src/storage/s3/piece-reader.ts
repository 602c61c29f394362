import type { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';

/** Reads a stream in pieces of given sizes. */
export class PieceReader implements Disposable {
  readonly #content: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(content: Readable) {
    this.#content = content;
    this.#chunks = (content as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** Fills a piece. @throws HoldfastError `damaged` when there are fewer bytes; the stream's error */
  async fill(piece: Buffer): Promise<void> {
    for (let filled = 0; filled < piece.length;) {
      const chunk = this.#rest.length > 0 ? this.#rest : await this.#next();
      if (chunk === null) throw new HoldfastError('damaged', 'The content is shorter than its size says.');
      const taken = chunk.copy(piece, filled);
      filled += taken;
      this.#rest = chunk.subarray(taken);
    }
  }

  /** Meets the end of the stream, where its last checks are made. @throws HoldfastError `damaged` when there is more */
  async end(): Promise<void> {
    for (let chunk: Buffer | null = this.#rest; chunk !== null; chunk = await this.#next())
      if (chunk.length > 0) throw new HoldfastError('damaged', 'The content is longer than its size says.');
  }

  [Symbol.dispose](): void {
    this.#content.destroy();
  }

  async #next(): Promise<Buffer | null> {
    const { done, value } = await this.#chunks.next();
    return done === true ? null : value;
  }
}
