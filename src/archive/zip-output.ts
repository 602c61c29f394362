import type { Readable } from 'node:stream';
import type { ZipEntryData } from 'archiver';
import { ZipArchive } from 'archiver';

/** archiver's own type leaves out what a symlink needs. */
export type ZipEntry = ZipEntryData & { readonly linkname?: string };

/** What of archiver's inside is used here. Its version is exact, and tests hold each use. */
interface ZipEngine {
  readonly _archive: { forceZip64: boolean };
  /** Bytes written so far. */
  offset: number;
  write(chunk: Buffer | string): boolean;
  end(): void;
}

const BUFFER_BYTES = 256 * 1024;

/** From this many entries on a directory has zip64 records: 0xffff in the plain one means "look there". */
const ZIP64_ENTRIES = 0xffff;

/** The zip as archiver makes it: what it gives is read from this stream. */
export class ZipOutput extends ZipArchive {
  #entries = 0;

  constructor() {
    super({ highWaterMark: BUFFER_BYTES, zlib: { level: 6 } });
  }

  /** Adds an entry and calls `done` when it is in the zip. One at a time. */
  put(source: Buffer | Readable, entry: ZipEntry, done: () => void): void {
    this.#entries++;
    this.once('entry', done);
    this.append(source, entry);
  }

  /** Writes the central directory and ends the stream. */
  finish(): void {
    const { engine } = (this as unknown as { _module: { engine: ZipEngine } })._module;
    // archiver itself turns to zip64 above 65,535 entries, one too late: readers take that number for the mark.
    if (this.#entries >= ZIP64_ENTRIES) engine._archive.forceZip64 = true;
    gatherWrites(engine);
    // Its promise settles with the stream, which is watched as a whole.
    this.finalize().catch(() => undefined);
  }
}

/**
 * Makes `engine` write in blocks. It writes the central directory at one go, 19 small writes an entry, and each that
 * waits takes a hundred bytes and more of memory: over a gigabyte for 100,000 entries.
 */
function gatherWrites(engine: ZipEngine): void {
  const write = engine.write.bind(engine);
  const end = engine.end.bind(engine);
  let gathered: Buffer[] = [];
  let bytes = 0;
  const flush = (): void => {
    const block = Buffer.concat(gathered, bytes);
    gathered = [];
    bytes = 0;
    engine.offset -= block.length;
    write(block);
  };
  engine.write = (chunk) => {
    const piece = Buffer.from(chunk);
    gathered.push(piece);
    bytes += piece.length;
    engine.offset += piece.length;
    if (bytes >= BUFFER_BYTES) flush();
    return true;
  };
  engine.end = () => {
    flush();
    end();
  };
}
