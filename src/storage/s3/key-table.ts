import { hash, randomBytes } from 'node:crypto';

/** Bytes of a key's digest: among a billion keys, two with the same are as good as impossible. */
const DIGEST_BYTES = 12;
const DIGEST_WORDS = DIGEST_BYTES / 4;

/** How full it may be, for a quick search. */
const MOST_FULL = 0.75;

const GROWTH = 1.5;

/**
 * A few 32-bit numbers for each of many keys, without the keys: a million with five numbers each take about 48 MiB. Keys are told
 * apart by a digest that depends on a random salt, so that nobody can choose two that are taken for one.
 */
export class KeyTable {
  readonly #salt = randomBytes(16).toString('latin1');
  /** Numbers of a row: those of the digest, the first of which is 0 in a free one, and the key's own. */
  readonly #width: number;
  #rows: Uint32Array;
  #size = 0;

  /** @param numbers how many each key has */
  constructor(numbers: number) {
    this.#width = DIGEST_WORDS + numbers;
    this.#rows = new Uint32Array(1024 * this.#width);
  }

  get size(): number {
    return this.#size;
  }

  /** Sets the numbers of a key. */
  set(key: string, numbers: readonly number[]): void {
    const digest = this.#digest(key);
    let row = this.#find(digest);
    if (this.#rows[row] === 0) {
      if (this.#size + 1 > (this.#rows.length / this.#width) * MOST_FULL) {
        this.#grow();
        row = this.#find(digest);
      }
      this.#rows.set(digest, row);
      this.#size += 1;
    }
    this.#rows.set(numbers, row + DIGEST_WORDS);
  }

  /** A key's numbers, which may be changed in place until the next `set`; null for a key that it does not have. */
  get(key: string): Uint32Array | null {
    const row = this.#find(this.#digest(key));
    if (this.#rows[row] === 0) return null;
    return this.#rows.subarray(row + DIGEST_WORDS, row + this.#width);
  }

  #digest(key: string): Uint32Array {
    const bytes = hash('sha256', this.#salt + key, 'buffer');
    const digest = Uint32Array.from({ length: DIGEST_WORDS }, (_, index) => bytes.readUInt32LE(index * 4));
    digest[0] ||= 1;
    return digest;
  }

  /** Where the digest's row is, or the free one that it is to have. */
  #find(digest: Uint32Array): number {
    const count = this.#rows.length / this.#width;
    for (let place = digest[0]! % count; ; place = (place + 1) % count) {
      const row = place * this.#width;
      if (this.#rows[row] === 0) return row;
      if (digest.every((word, index) => this.#rows[row + index] === word)) return row;
    }
  }

  #grow(): void {
    const old = this.#rows;
    const count = Math.ceil((old.length / this.#width) * GROWTH);
    this.#rows = new Uint32Array(count * this.#width);
    for (let row = 0; row < old.length; row += this.#width) {
      if (old[row] === 0) continue;
      this.#rows.set(old.subarray(row, row + this.#width), this.#find(old.subarray(row, row + DIGEST_WORDS)));
    }
  }
}

/** 32 bits that tell one text from another, never 0. For what is compared once, not for telling many apart. */
export function fingerprint(text: string): number {
  return hash('sha256', text, 'buffer').readUInt32LE() || 1;
}
