import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { ZipEntryData } from 'archiver';
import { ZipArchive } from 'archiver';

/** archiver's own type leaves out what a symlink needs. */
export type ZipEntry = ZipEntryData & { readonly linkname?: string };

/** An entry as archiver's engine keeps it. */
interface EngineEntry {
  setMethod(method: number): void;
  setSize(bytes: number): void;
  setCrc(crc: number): void;
  setVersionNeededToExtract(version: number): void;
}

/** What of archiver's inside is used here. Its version is exact, and tests hold each use. */
interface ZipEngine {
  readonly _archive: { forceZip64: boolean };
  readonly _entries: EngineEntry[];
  /** Bytes written so far. */
  offset: number;
  entry(source: Buffer | Readable, entry: ZipEntry, callback: (error: Error | null) => void): void;
  write(chunk: Buffer | string): boolean;
  end(): void;
  _writeLocalFileHeader(entry: EngineEntry): void;
  _writeCentralFileHeader(entry: EngineEntry): void;
}

const BUFFER_BYTES = 256 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** From this many entries on a directory has zip64 records: 0xffff in the plain one means "look there". */
const ZIP64_ENTRIES = 0xffff;

/** The method's number, and the version of the format that brought it (APPNOTE 4.4.5, 4.4.3.2). */
const DEFLATE = { method: 8, version: 20 };

/** Stands in the engine's list for an entry whose record is kept. */
const WRITTEN = Object.freeze({}) as EngineEntry;

/** The zip as archiver makes it: what it gives is read from this stream. */
export class ZipOutput extends ZipArchive {
  readonly #engine: ZipEngine;
  readonly #output: BlockWriter;
  /** The central directory so far: some hundred bytes an entry, where the engine's own objects take a kilobyte. */
  readonly #directory: Buffer[] = [];
  readonly #records = new BlockWriter((block) => this.#directory.push(block) > 0);
  /** Takes what the engine writes. */
  #target: BlockWriter;
  /** What the entry under way was before it was deflated; null when it is not. */
  #original: Buffer | null = null;
  #hasPassedOn = false;

  constructor() {
    super({ highWaterMark: BUFFER_BYTES, zlib: { level: 6 } });
    this.#engine = (this as unknown as { _module: { engine: ZipEngine } })._module.engine;
    this.#output = this.#gatherWrites(this.#engine);
    this.#target = this.#output;
    this.#declareDeflated(this.#engine);
  }

  /**
   * Adds an entry and calls `done` when it is in the zip. One at a time.
   * @param original what `source`, if it is deflated already, was before; null when it is not
   */
  put(source: Buffer | Readable, entry: ZipEntry, original: Buffer | null, done: () => void): void {
    this.#original = original;
    // Not through archiver's queue: it takes two turns of the event loop for each entry.
    this.#engine.entry(source, entry, (error) => {
      if (error !== null) return void this.destroy(error);
      this.#keepRecord(this.#engine);
      done();
    });
  }

  /** Writes the central directory and ends the stream. */
  finish(): void {
    const engine = this.#engine;
    // archiver itself turns to zip64 above 65,535 entries, one too late: readers take that number for the mark.
    if (engine._entries.length >= ZIP64_ENTRIES) engine._archive.forceZip64 = true;
    this.#records.flush();
    // Called for each entry of the list: the first call writes all records.
    engine._writeCentralFileHeader = () => {
      for (const block of this.#directory.splice(0)) engine.write(block);
    };
    // Its promise settles with the stream, which is watched as a whole.
    this.finalize().catch(() => undefined);
  }

  /** True when something went to the output since the last call, so that it may have to be waited for. */
  hasPassedOn(): boolean {
    const passedOn = this.#hasPassedOn;
    this.#hasPassedOn = false;
    return passedOn;
  }

  /**
   * Makes the engine write in blocks. It makes 13 small writes for each entry and 19 for its record in the central
   * directory; each would go through every stream down to the output.
   */
  #gatherWrites(engine: ZipEngine): BlockWriter {
    const write = engine.write.bind(engine);
    const end = engine.end.bind(engine);
    const output = new BlockWriter((block) => {
      this.#hasPassedOn = true;
      engine.offset -= block.length;
      return write(block);
    });
    engine.write = (chunk) => {
      if (this.#target === output) engine.offset += chunk.length;
      return this.#target.write(chunk);
    };
    engine.end = () => {
      output.flush();
      end();
    };
    return output;
  }

  /** Makes the engine say of a buffer, which it can only store, that it is deflated where it is. */
  #declareDeflated(engine: ZipEngine): void {
    const writeLocalFileHeader = engine._writeLocalFileHeader.bind(engine);
    engine._writeLocalFileHeader = (entry) => {
      if (this.#original !== null) {
        entry.setMethod(DEFLATE.method);
        entry.setVersionNeededToExtract(DEFLATE.version);
        entry.setSize(this.#original.length);
        entry.setCrc(crc32(this.#original));
      }
      writeLocalFileHeader(entry);
    };
  }

  /** Encodes the record of the entry that was just written, and forgets the entry. */
  #keepRecord(engine: ZipEngine): void {
    this.#target = this.#records;
    engine._writeCentralFileHeader(engine._entries.at(-1)!);
    this.#target = this.#output;
    engine._entries[engine._entries.length - 1] = WRITTEN;
  }
}

/** Joins small writes to blocks. */
class BlockWriter {
  readonly #pass: (block: Buffer) => boolean;
  #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #used = 0;

  /** @param pass takes a block, and says whether more may come at once */
  constructor(pass: (block: Buffer) => boolean) {
    this.#pass = pass;
  }

  /** @param chunk a string has ASCII alone */
  write(chunk: Buffer | string): boolean {
    let goesOn = true;
    if (this.#used + chunk.length > BLOCK_BYTES) goesOn = this.flush();
    if (chunk.length > BLOCK_BYTES) return this.#pass(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    this.#used +=
      typeof chunk === 'string'
        ? this.#block.write(chunk, this.#used, 'latin1')
        : chunk.copy(this.#block, this.#used);
    return goesOn;
  }

  flush(): boolean {
    if (this.#used === 0) return true;
    const block = this.#block.subarray(0, this.#used);
    this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#used = 0;
    return this.#pass(block);
  }
}
