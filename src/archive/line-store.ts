import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { PackedContent } from './archive.ts';
import { deflateBlock, lastBlock } from './compression.ts';

const BLOCK_CHARACTERS = 256 * 1024;

/** Digests hardly shrink, and all else of a line shrinks at any level. */
const LEVEL = 1;

/** Lines that wait in memory until they can be written: deflated as their entry is, for there is one for each file of a storage. */
export class LineStore {
  readonly #blocks: Promise<Buffer>[] = [];
  readonly #hash = createHash('sha256');
  #crc = 0;
  #bytes = 0;
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
    if (this.#characters >= BLOCK_CHARACTERS) this.#deflatePending();
  }

  /** All lines in order. Nothing can be added then. */
  async content(): Promise<PackedContent> {
    if (this.#characters > 0) this.#deflatePending();
    const data = [...(await Promise.all(this.#blocks)), lastBlock()];
    return {
      method: 'deflate',
      size: this.#bytes,
      sha256: this.#hash.digest('hex'),
      crc32: this.#crc,
      data,
    };
  }

  #deflatePending(): void {
    const text = Buffer.from(this.#pending.join(''));
    this.#pending = [];
    this.#characters = 0;
    this.#bytes += text.length;
    this.#hash.update(text);
    this.#crc = crc32(text, this.#crc);
    const block = deflateBlock(text, LEVEL);
    // Its failure is met where the content is asked for.
    block.catch(() => undefined);
    this.#blocks.push(block);
  }
}
