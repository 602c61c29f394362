import { createHash, hash } from 'node:crypto';

const NEWLINE = 0x0a;
const WORDS = 8;

/**
 * A digest of rows that does not depend on their order: the SHA-256 of each row, added up word by word modulo 2^32.
 * An incremental hash of a multiset as Bellare and Micciancio describe it ("A New Paradigm for Collision-Free Hashing",
 * 1997), good against accidents, not against someone who makes up rows.
 */
export class RowMultiset {
  rows = 0;
  readonly #marks: Buffer | null;
  readonly #sum = new Uint32Array(WORDS);
  /** A line whose end has not come yet: what there is of its row, or that it is none. */
  #open: ReturnType<typeof createHash> | 'no row' | undefined;

  /** @param rowMarks as in `Engine.rowMarks` */
  constructor(rowMarks: string | null) {
    this.#marks = rowMarks === null ? null : Buffer.from(rowMarks);
  }

  /** Takes the next bytes of lines that each end with a newline. */
  add(chunk: Buffer): void {
    for (let start = 0; start < chunk.length;) {
      const end = chunk.indexOf(NEWLINE, start);
      const line = chunk.subarray(start, end === -1 ? chunk.length : end);
      if (end === -1) this.#begin(line);
      else this.#end(line);
      start += line.length + 1;
    }
  }

  equals(other: RowMultiset): boolean {
    return this.rows === other.rows && this.#sum.every((word, index) => word === other.#sum[index]);
  }

  /** Takes what is there of a line that goes on. */
  #begin(line: Buffer): void {
    if (this.#open === 'no row') return;
    if (this.#open !== undefined) this.#open.update(line);
    else if (this.#isRow(line)) this.#open = createHash('sha256').update(this.#withoutMark(line));
    else this.#open = 'no row';
  }

  /** Takes the end of a line, or all of it. */
  #end(line: Buffer): void {
    if (this.#open === undefined) {
      if (this.#isRow(line)) this.#addDigest(hash('sha256', this.#withoutMark(line), 'buffer'));
    } else if (this.#open !== 'no row') {
      this.#addDigest(this.#open.update(line).digest());
    }
    this.#open = undefined;
  }

  #isRow(line: Buffer): boolean {
    return this.#marks === null || (line.length > 0 && this.#marks.includes(line[0]!));
  }

  #withoutMark(line: Buffer): Buffer {
    return this.#marks === null ? line : line.subarray(1);
  }

  #addDigest(digest: Buffer): void {
    for (let word = 0; word < WORDS; word += 1) this.#sum[word]! += digest.readUInt32LE(word * 4);
    this.rows += 1;
  }
}
