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
  readonly #sum = new Uint32Array(WORDS);
  /** The beginning of a row whose end has not come yet. */
  #open: ReturnType<typeof createHash> | undefined;

  /** Takes the next bytes of rows that each end with a newline. */
  add(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const row = chunk.subarray(start, end);
      this.#addDigest(
        this.#open === undefined ? hash('sha256', row, 'buffer') : this.#open.update(row).digest(),
      );
      this.#open = undefined;
      start = end + 1;
    }
    if (start < chunk.length) (this.#open ??= createHash('sha256')).update(chunk.subarray(start));
  }

  equals(other: RowMultiset): boolean {
    return this.rows === other.rows && this.#sum.every((word, index) => word === other.#sum[index]);
  }

  #addDigest(digest: Buffer): void {
    for (let word = 0; word < WORDS; word += 1) this.#sum[word]! += digest.readUInt32LE(word * 4);
    this.rows += 1;
  }
}
