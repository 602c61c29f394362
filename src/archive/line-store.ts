import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const BLOCK_CHARACTERS = 128 * 1024;

/** Lines that wait in memory until they can be written: compressed, for there is one for each file of a storage. */
export class LineStore {
  readonly #blocks: Buffer[] = [];
  #pending: string[] = [];
  #characters = 0;
  #lines = 0;

  /** How many lines there are. */
  get lines(): number {
    return this.#lines;
  }

  /** @param line with its newline */
  add(line: string): void {
    this.#lines++;
    this.#pending.push(line);
    this.#characters += line.length;
    if (this.#characters < BLOCK_CHARACTERS) return;
    this.#blocks.push(zstdCompressSync(this.#takePending()));
  }

  /** All lines in order, in chunks of some hundred kilobytes. */
  async *chunks(): AsyncGenerator<Buffer, void, void> {
    for (const block of this.#blocks) yield zstdDecompressSync(block);
    if (this.#pending.length > 0) yield Buffer.from(this.#pending.join(''));
  }

  #takePending(): Buffer {
    const text = Buffer.from(this.#pending.join(''));
    this.#pending = [];
    this.#characters = 0;
    return text;
  }
}
