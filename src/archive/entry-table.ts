import { randomBytes } from 'node:crypto';
import type { ArchiveEntries, EntryType } from './archive.ts';
import type { DirectoryEntry } from './directory-entry.ts';
import { foldName } from './entry-name.ts';

/** An entry as the directory tells it; where it ends, only the next one does. */
export type ListedEntry = Omit<DirectoryEntry, 'end'>;

const TYPES: readonly EntryType[] = ['file', 'directory', 'symlink'];
const DEFLATED = 4;

/**
 * The entries of a zip in the order of their bytes, in about 50 bytes each beside their names: there may be millions, and as
 * objects they would take 400. They are found by their names' folded forms, of which there is one for each.
 */
export class EntryTable implements ArchiveEntries {
  /** UTF-8, without the slash that ends a directory's. */
  readonly #names: Buffer;
  readonly #nameEnds: Float64Array;
  readonly #offsets: Float64Array;
  readonly #sizes: Float64Array;
  readonly #compressedSizes: Float64Array;
  readonly #crcs: Uint32Array;
  readonly #flags: Uint16Array;
  /** An index into TYPES, and whether it is deflated. */
  readonly #kinds: Uint8Array;
  /** Of the folded names. */
  readonly #hashes: Uint32Array;
  /** A hash table with open addressing: the index of an entry plus 1, or 0. */
  readonly #slots: Uint32Array;
  /** Keeps who makes an archive from making names whose hashes are the same. */
  readonly #seed = randomBytes(4).readUInt32LE();
  readonly #end: number;
  #length = 0;

  /**
   * @param capacity how many entries there may be
   * @param nameBytes how many bytes their names may have together
   * @param end where the last one ends
   */
  constructor(capacity: number, nameBytes: number, end: number) {
    this.#names = Buffer.allocUnsafeSlow(nameBytes);
    this.#nameEnds = new Float64Array(capacity);
    this.#offsets = new Float64Array(capacity);
    this.#sizes = new Float64Array(capacity);
    this.#compressedSizes = new Float64Array(capacity);
    this.#crcs = new Uint32Array(capacity);
    this.#flags = new Uint16Array(capacity);
    this.#kinds = new Uint8Array(capacity);
    this.#hashes = new Uint32Array(capacity);
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * capacity + 1)));
    this.#end = end;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Adds an entry, unless there is no room.
   * @param folded its name's folded form, which no other has
   */
  append(entry: ListedEntry, folded: string): boolean {
    const index = this.#length;
    const nameStart = index === 0 ? 0 : (this.#nameEnds[index - 1] as number);
    const nameEnd = nameStart + Buffer.byteLength(entry.name);
    if (index === this.#offsets.length || nameEnd > this.#names.length) return false;
    this.#names.write(entry.name, nameStart);
    this.#nameEnds[index] = nameEnd;
    this.#offsets[index] = entry.offset;
    this.#sizes[index] = entry.size;
    this.#compressedSizes[index] = entry.compressedSize;
    this.#crcs[index] = entry.crc32;
    this.#flags[index] = entry.flags;
    this.#kinds[index] = TYPES.indexOf(entry.type) | (entry.method === 'deflate' ? DEFLATED : 0);
    const hash = this.#hash(folded);
    this.#hashes[index] = hash;
    let slot = hash & (this.#slots.length - 1);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
    this.#slots[slot] = index + 1;
    this.#length++;
    return true;
  }

  /** @param index counted from the end where it is negative */
  at(index: number): DirectoryEntry | undefined {
    const place = index < 0 ? this.#length + index : index;
    if (place < 0 || place >= this.#length) return undefined;
    const kind = this.#kinds[place] as number;
    const type = TYPES[kind % DEFLATED] as EntryType;
    const name = this.nameAt(place);
    return {
      name,
      zipName: type === 'directory' ? `${name}/` : name,
      type,
      method: kind >= DEFLATED ? 'deflate' : 'store',
      size: this.#sizes[place] as number,
      compressedSize: this.#compressedSizes[place] as number,
      crc32: this.#crcs[place] as number,
      flags: this.#flags[place] as number,
      offset: this.#offsets[place] as number,
      end: place + 1 < this.#length ? (this.#offsets[place + 1] as number) : this.#end,
    };
  }

  nameAt(index: number): string {
    const start = index === 0 ? 0 : (this.#nameEnds[index - 1] as number);
    return this.#names.toString('utf8', start, this.#nameEnds[index]);
  }

  typeAt(index: number): EntryType {
    return TYPES[(this.#kinds[index] as number) % DEFLATED] as EntryType;
  }

  /** The index of the entry whose name's folded form this is; -1 where there is none. */
  findFolded(folded: string): number {
    const hash = this.#hash(folded);
    for (let slot = hash & (this.#slots.length - 1); ; slot = (slot + 1) & (this.#slots.length - 1)) {
      const index = (this.#slots[slot] as number) - 1;
      if (index === -1) return -1;
      if (this.#hashes[index] === hash && foldName(this.nameAt(index)) === folded) return index;
    }
  }

  find(name: string): DirectoryEntry | undefined {
    const index = this.findFolded(foldName(name));
    return index !== -1 && this.nameAt(index) === name ? this.at(index) : undefined;
  }

  *[Symbol.iterator](): Generator<DirectoryEntry, void, void> {
    for (let index = 0; index < this.#length; index++) yield this.at(index) as DirectoryEntry;
  }

  /** MurmurHash3 of 32 bits, a UTF-16 unit at a time. */
  #hash(text: string): number {
    let hash = this.#seed;
    for (let index = 0; index < text.length; index++) {
      const mixed = Math.imul(text.charCodeAt(index), 0xcc9e2d51);
      hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}
