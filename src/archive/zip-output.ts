import { BlockWriter } from './block-writer.ts';
import { EntryRecords, encodeEnd, fitsLocalHeader, type ZipContent, type ZipEntry } from './zip-records.ts';

/**
 * Makes the bytes of a zip of its entries, one after another. What comes out is passed on at once; whoever calls looks
 * whether there is room for more.
 */
export class ZipOutput {
  readonly #output: BlockWriter;
  /** The directory so far, some hundred bytes an entry. */
  readonly #directory: Buffer[] = [];
  readonly #records = new BlockWriter((block) => this.#directory.push(block));
  /** The entry whose content comes. */
  #open: { readonly records: EntryRecords; readonly offset: number } | null = null;
  #offset = 0;
  #entries = 0;

  /** @param pass takes the bytes in order, and calls `release` once it does not need them any more */
  constructor(pass: (bytes: Buffer, release?: () => void) => void) {
    this.#output = new BlockWriter(pass);
  }

  /**
   * Writes a whole entry.
   * @param data its bytes as they lie in the zip
   * @param isBorrowed whether somebody may change them later, so that they are copied
   */
  add(entry: ZipEntry, content: ZipContent, data: readonly Buffer[], isBorrowed: boolean): void {
    if (!fitsLocalHeader(content)) {
      this.begin(entry);
      this.#writeAll(data, isBorrowed);
      return this.end(content);
    }
    const offset = this.#offset;
    const records = new EntryRecords(entry, false);
    this.#writeLocal(records, content);
    this.#writeAll(data, isBorrowed);
    this.#keepRecord(records, content, offset);
  }

  /** Begins an entry whose content is known only at its end. */
  begin(entry: ZipEntry): void {
    this.#open = { records: new EntryRecords(entry, true), offset: this.#offset };
    this.#writeLocal(this.#open.records, null);
  }

  /** More of the open entry, as it lies in the zip; nobody changes it from then on. */
  write(bytes: Buffer): void {
    this.#offset += bytes.length;
    this.#output.write(bytes);
  }

  end(content: ZipContent): void {
    const { records, offset } = this.#open!;
    this.#open = null;
    this.write(records.descriptor(content));
    this.#keepRecord(records, content, offset);
  }

  /** Writes the directory and all that is not passed on yet. */
  finish(): void {
    const offset = this.#offset;
    this.#records.flush();
    for (const block of this.#directory.splice(0)) this.write(block);
    this.write(encodeEnd(this.#entries, offset, this.#offset - offset));
    this.#output.flush();
  }

  #writeAll(data: readonly Buffer[], isBorrowed: boolean): void {
    for (const bytes of data) {
      this.#offset += bytes.length;
      if (isBorrowed) this.#output.copy(bytes);
      else this.#output.write(bytes);
    }
  }

  #writeLocal(records: EntryRecords, content: ZipContent | null): void {
    const at = this.#output.claim(records.localBytes);
    records.writeLocal(this.#output.block, at, content);
    this.#offset += records.localBytes;
  }

  #keepRecord(records: EntryRecords, content: ZipContent, offset: number): void {
    const at = this.#records.claim(records.directoryBytes(content, offset));
    records.writeDirectory(this.#records.block, at, content, offset);
    this.#entries++;
  }
}
