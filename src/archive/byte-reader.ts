/** Takes lines and blocks of known length from a stream of bytes, keeping only what it was asked for in memory. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * The next line without its newline; null at the end of the stream.
   * @returns `'unfinished'` when the line has more than `limit` bytes, or the stream ends before its newline
   */
  async line(limit: number): Promise<Buffer | null | 'unfinished'> {
    const pieces: Buffer[] = [];
    for (let length = 0; length <= limit;) {
      if (this.#rest.length === 0 && !(await this.#fill())) return length === 0 ? null : 'unfinished';
      const newline = this.#rest.indexOf(0x0a);
      const piece = this.#rest.subarray(0, newline === -1 ? this.#rest.length : newline);
      this.#rest = this.#rest.subarray(newline === -1 ? piece.length : piece.length + 1);
      pieces.push(piece);
      length += piece.length;
      if (newline !== -1) return length > limit ? 'unfinished' : Buffer.concat(pieces, length);
    }
    return 'unfinished';
  }

  /** The next `length` bytes, or fewer where the stream ends. */
  async block(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let missing = length;
    while (missing > 0 && (this.#rest.length > 0 || (await this.#fill()))) {
      const piece = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(piece.length);
      pieces.push(piece);
      missing -= piece.length;
    }
    return Buffer.concat(pieces, length - missing);
  }

  /** Closes the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#rest = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    return true;
  }
}

/** The lines of a stream; throws `makeError(line number)` for one that is too long or has no newline. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  makeError: (line: number) => Error,
): AsyncGenerator<Buffer, void, void> {
  const reader = new ByteReader(chunks);
  try {
    for (let number = 1; ; number++) {
      const line = await reader.line(limit);
      if (line === null) return;
      if (line === 'unfinished') throw makeError(number);
      yield line;
    }
  } finally {
    await reader.close();
  }
}
