import StreamZip from 'node-stream-zip';
import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError, messageOf } from '../core/errors.ts';
import type { EntryType } from './archive.ts';
import { DESCRIPTOR_FLAG, type DirectoryEntry } from './directory-entry.ts';
import { DirectoryNames } from './directory-names.ts';
import { EntryTable, type ListedEntry } from './entry-table.ts';
import { quoteName } from './quote-name.ts';
import type { ZipEnd } from './zip-end.ts';
import { readBlock, readZipEnd } from './zip-end.ts';
import { windowed } from './windowed-source.ts';
import { closeHandle, openHandle } from './zip-source-fs.ts';

/** node-stream-zip's entry; its declarations leave out some of what it has read. */
type ZipEntry = StreamZip.ZipEntry & {
  readonly headerOffset: number;
  readonly fnameLen: number;
  readonly extraLen: number;
  readonly comLen: number;
};

const UTF8_FLAG = 0x0800;
/** How hard was deflated (0x0006), besides those two. Every other flag changes how an entry is read. */
const KNOWN_FLAGS = DESCRIPTOR_FLAG | UTF8_FLAG | 0x0006;

const LOCAL_HEADER_BYTES = 30;
const DIRECTORY_RECORD_BYTES = 46;
/** The largest that node-stream-zip takes: a record with the longest name must fit. */
const CHUNK_BYTES = 128 * 1024;
/** The most that can lie between two entries' data beside a local header: a data descriptor. */
const DESCRIPTOR_BYTES = 24;
/** Most bytes that one byte of deflated data can stand for: 258 bytes in 2 bits (RFC 1951, 3.2.5). */
const DEFLATE_RATIO = 1032;
const MADE_BY_UNIX = 3;
const FILE_TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0o04, 'directory'],
  [0o10, 'file'],
  [0o12, 'symlink'],
]);
const ZIP64_MARK = 0xffff_ffff;
const ZIP64_EXTRA = 0x0001;
/** No system has longer links, not even encoded. */
const LINK_LIMIT = 65_535;

/**
 * The entries of a zip from its central directory, in the order of their bytes, checked strictly. What can only be
 * checked at the entries themselves is checked when they are read.
 * @throws HoldfastError `damaged`, or what `source` throws
 */
export async function readDirectory(source: ByteSource): Promise<EntryTable> {
  const end = await readZipEnd(source);
  source.expect?.(end.directoryOffset, source.size);
  const reading = new DirectoryReading(source.name, end);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const handle = openHandle(source, reject);
  try {
    const zip = new StreamZip({
      fd: handle,
      storeEntries: false,
      skipEntryNameValidation: true,
      chunkSize: CHUNK_BYTES,
    });
    zip.on('entry', (entry) => reading.add(entry as ZipEntry));
    zip.on('ready', resolve);
    zip.on('error', reject);
    await promise;
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw new HoldfastError('damaged', `${source.name} is damaged: ${messageOf(cause)}.`, { cause });
  } finally {
    closeHandle(handle);
  }
  return reading.finish(windowed(source));
}

class DirectoryReading {
  readonly #source: string;
  readonly #end: ZipEnd;
  readonly #table: EntryTable;
  readonly #names: DirectoryNames;
  /** The entry added last. */
  #last: ListedEntry | null = null;
  /** Records that node-stream-zip does not tell enough of, their bytes are looked at too: index, place in the zip, bytes of extra fields. */
  readonly #doubtful: number[] = [];
  #position: number;

  constructor(source: string, end: ZipEnd) {
    this.#source = source;
    this.#end = end;
    this.#position = end.directoryOffset;
    const nameBytes = end.directorySize - end.entries * DIRECTORY_RECORD_BYTES;
    this.#table = new EntryTable(end.entries, nameBytes, end.directoryOffset);
    this.#names = new DirectoryNames(this.#table, (name, what) => this.#failEntry(name, what));
  }

  add(entry: ZipEntry): void {
    const position = this.#position;
    if (entry.headerOffset !== position) this.#fail('its directory is not where its end says');
    this.#position += DIRECTORY_RECORD_BYTES + entry.fnameLen + entry.extraLen + entry.comLen;
    const { name, size, compressedSize, offset } = entry;
    this.#checkName(entry);
    if (entry.extraLen > 0 || name.includes('\ufffd')) {
      this.#doubtful.push(this.#table.length, position, entry.extraLen);
    }
    if (entry.comLen !== 0 || entry.diskStart !== 0) this.#failEntry(name, 'is not of this format');
    if ((entry.flags & ~KNOWN_FLAGS) !== 0) this.#failEntry(name, 'is encrypted or not of this format');
    if (![size, compressedSize, offset].every(Number.isSafeInteger))
      this.#failEntry(name, 'has an impossible size');
    if (entry.method !== 0 && entry.method !== 8) this.#failEntry(name, 'is compressed by an unknown method');
    if (entry.method === 0 && size !== compressedSize) this.#failEntry(name, 'has two sizes');
    if (size > compressedSize * DEFLATE_RATIO)
      this.#failEntry(name, `cannot hold the ${size} bytes that it promises`);
    const type = this.#typeOf(entry);
    if (type === 'directory' && size !== 0) this.#failEntry(name, 'is a directory with content');
    if (type === 'symlink' && size > LINK_LIMIT) this.#failEntry(name, `is a link of ${size} bytes`);
    this.#checkPlace(entry);
    const listed: ListedEntry = {
      name: type === 'directory' ? name.slice(0, -1) : name,
      zipName: name,
      type,
      method: entry.method === 0 ? 'store' : 'deflate',
      size,
      compressedSize,
      crc32: entry.crc,
      flags: entry.flags,
      offset,
    };
    if (!this.#names.add(listed)) this.#failCount();
    this.#last = listed;
  }

  async finish(source: ByteSource): Promise<EntryTable> {
    const { directoryOffset, directorySize } = this.#end;
    if (this.#position !== directoryOffset + directorySize) this.#failCount();
    this.#checkRoom(directoryOffset);
    this.#names.finish();
    for (let next = 0; next < this.#doubtful.length; next += 3) {
      const [index, position, extraBytes] = this.#doubtful.slice(next, next + 3) as [number, number, number];
      const { name, zipName } = this.#table.at(index) as DirectoryEntry;
      const expected = Buffer.from(zipName);
      const nameEnd = DIRECTORY_RECORD_BYTES + expected.length;
      const record = await readBlock(source, position, nameEnd + extraBytes);
      if (!record.subarray(DIRECTORY_RECORD_BYTES, nameEnd).equals(expected))
        this.#failEntry(name, 'has a name that is not UTF-8');
      if (!isZip64Extra(record, record.subarray(nameEnd)))
        this.#failEntry(name, 'has an extra field that is not of this format');
    }
    return this.#table;
  }

  #checkName({ name, fnameLen, flags }: ZipEntry): void {
    this.#names.checkSpelling(name);
    if (Buffer.byteLength(name) !== fnameLen || ((flags & UTF8_FLAG) === 0 && name.length !== fnameLen)) {
      this.#failEntry(name, 'has a name that is not UTF-8');
    }
  }

  #typeOf({ name, verMade, attr }: ZipEntry): EntryType {
    const type = verMade >> 8 === MADE_BY_UNIX ? FILE_TYPES.get(attr >>> 28) : undefined;
    if (type === undefined || (type === 'directory') !== name.endsWith('/'))
      return this.#failEntry(name, 'is no file, directory or symlink');
    return type;
  }

  /** Checks that the entry begins behind the one before. */
  #checkPlace({ name, offset }: ZipEntry): void {
    const before = this.#last;
    if (before === null ? offset !== 0 : offset <= before.offset) {
      this.#failEntry(name, 'is not where it should be');
    }
    if (before !== null) this.#checkRoom(offset);
  }

  /** Checks that the last entry so far fills the bytes up to `end`, as far as can be told from the directory. */
  #checkRoom(end: number): void {
    const entry = this.#last;
    if (entry === null) return this.#fail('it has no entries');
    const used = entry.offset + LOCAL_HEADER_BYTES + Buffer.byteLength(entry.zipName) + entry.compressedSize;
    if (used > end) this.#failEntry(entry.zipName, 'overlaps what follows');
    if (end - used > DESCRIPTOR_BYTES)
      this.#failEntry(entry.zipName, 'is followed by bytes that belong to none');
  }

  #failCount(): never {
    return this.#fail('its directory does not have the entries that its end says');
  }

  #failEntry(name: string, what: string): never {
    return this.#fail(`its entry ${quoteName(name)} ${what}`);
  }

  #fail(what: string): never {
    throw new HoldfastError('damaged', `${this.#source} is damaged: ${what}.`);
  }
}

/** True for an extra field that is nothing but the numbers that do not fit into their places (APPNOTE 4.5.3). */
function isZip64Extra(record: Buffer, extra: Buffer): boolean {
  const marks = [20, 24, 42].filter((position) => record.readUInt32LE(position) === ZIP64_MARK).length;
  if (extra.length === 0) return true;
  return (
    marks > 0 &&
    extra.length === 4 + 8 * marks &&
    extra.readUInt16LE(0) === ZIP64_EXTRA &&
    extra.readUInt16LE(2) === 8 * marks
  );
}
