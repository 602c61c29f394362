import StreamZip from 'node-stream-zip';
import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError, messageOf } from '../core/errors.ts';
import type { ArchiveEntry, EntryType } from './archive.ts';
import { decodeName, foldName } from './entry-name.ts';
import { STORAGE_DIRECTORY } from './layout.ts';
import type { ZipEnd } from './zip-end.ts';
import { readBlock, readZipEnd } from './zip-end.ts';
import { closeHandle, openHandle } from './zip-source-fs.ts';

/** An entry with what is needed to find and check its bytes. */
export interface DirectoryEntry extends ArchiveEntry {
  /** As its name is in the zip: a directory's ends with a slash. */
  readonly zipName: string;
  /** The general purpose bits. */
  readonly flags: number;
  /** Where its local header begins, and where the next one or the directory begins. */
  readonly offset: number;
  readonly end: number;
}

/** node-stream-zip's entry; its declarations leave out some of what it has read. */
type ZipEntry = StreamZip.ZipEntry & {
  readonly headerOffset: number;
  readonly fnameLen: number;
  readonly extraLen: number;
  readonly comLen: number;
};

export const DESCRIPTOR_FLAG = 0x0008;
const UTF8_FLAG = 0x0800;
/** How hard was deflated (0x0006), besides those two. Every other flag changes how an entry is read. */
const KNOWN_FLAGS = DESCRIPTOR_FLAG | UTF8_FLAG | 0x0006;

const LOCAL_HEADER_BYTES = 30;
const DIRECTORY_RECORD_BYTES = 46;
/** The largest that node-stream-zip takes: a record with the longest name must fit. */
const CHUNK_BYTES = 128 * 1024;
/** The most that can lie between two entries' data beside a local header: its extra field and a data descriptor. */
const SLACK_BYTES = 65_535 + 24;
/** No system has longer links, not even encoded. */
const LINK_LIMIT = 65_535;

/**
 * The entries of a zip from its central directory, in the order of their bytes, checked strictly. What can only be
 * checked at the entries themselves is checked when they are read.
 * @throws HoldfastError `damaged`, or what `source` throws
 */
export async function readDirectory(source: ByteSource): Promise<DirectoryEntry[]> {
  const end = await readZipEnd(source);
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
  return reading.finish(source);
}

class DirectoryReading {
  readonly #source: string;
  readonly #end: ZipEnd;
  readonly #entries: (DirectoryEntry & { end: number })[] = [];
  readonly #names = new Map<string, string>();
  /** What the names of storages stand for, one character a byte. */
  readonly #paths = new Set<string>();
  /** Where in the zip the records lie whose names may not be UTF-8. */
  readonly #doubtful: { readonly name: string; readonly position: number }[] = [];
  #position: number;

  constructor(source: string, end: ZipEnd) {
    this.#source = source;
    this.#end = end;
    this.#position = end.directoryOffset;
  }

  add(entry: ZipEntry): void {
    const position = this.#position;
    if (entry.headerOffset !== position) this.#fail('its directory is not where its end says');
    this.#position += DIRECTORY_RECORD_BYTES + entry.fnameLen + entry.extraLen + entry.comLen;
    const { name, size, compressedSize, offset } = entry;
    this.#checkName(entry, position);
    if (entry.comLen !== 0 || entry.diskStart !== 0) this.#failEntry(name, 'is not of this format');
    if ((entry.flags & ~KNOWN_FLAGS) !== 0) this.#failEntry(name, 'is encrypted or not of this format');
    if (![size, compressedSize, offset].every(Number.isSafeInteger))
      this.#failEntry(name, 'has an impossible size');
    if (entry.method !== 0 && entry.method !== 8) this.#failEntry(name, 'is compressed by an unknown method');
    if (entry.method === 0 && size !== compressedSize) this.#failEntry(name, 'has two sizes');
    const type = this.#typeOf(entry);
    if (type === 'directory' && size !== 0) this.#failEntry(name, 'is a directory with content');
    if (type === 'symlink' && size > LINK_LIMIT) this.#failEntry(name, `is a link of ${size} bytes`);
    this.#checkPlace(entry);
    this.#entries.push({
      name: type === 'directory' ? name.slice(0, -1) : name,
      zipName: name,
      type,
      method: entry.method === 0 ? 'store' : 'deflate',
      size,
      compressedSize,
      crc32: entry.crc,
      flags: entry.flags,
      offset,
      end: this.#end.directoryOffset,
    });
  }

  async finish(source: ByteSource): Promise<DirectoryEntry[]> {
    const { directoryOffset, directorySize } = this.#end;
    if (this.#position !== directoryOffset + directorySize) {
      this.#fail('its directory does not have the entries that its end says');
    }
    this.#checkRoom(directoryOffset);
    for (const { name, position } of this.#doubtful) {
      const expected = Buffer.from(name);
      const bytes = await readBlock(source, position + DIRECTORY_RECORD_BYTES, expected.length);
      if (!bytes.equals(expected)) this.#failEntry(name, 'has a name that is not UTF-8');
    }
    return this.#entries;
  }

  #checkName({ name, fnameLen, flags }: ZipEntry, position: number): void {
    const segments = name.replace(/\/$/, '').split('/');
    if (
      /[\p{Cc}\\]/u.test(name) ||
      /^[A-Za-z]:/.test(name) ||
      segments.some((segment) => segment === '' || segment === '.' || segment === '..')
    ) {
      this.#failEntry(name, 'has a name that is not allowed');
    }
    if (Buffer.byteLength(name) !== fnameLen || ((flags & UTF8_FLAG) === 0 && name.length !== fnameLen)) {
      this.#failEntry(name, 'has a name that is not UTF-8');
    }
    if (name.includes('\ufffd')) this.#doubtful.push({ name, position });
    const key = foldName(segments.join('/'));
    const other = this.#names.get(key);
    if (other !== undefined) {
      this.#failEntry(
        name,
        other === name ? 'is in it twice' : `differs from ${quote(other)} only by case or form`,
      );
    }
    this.#names.set(key, name);
    if (segments[0] === STORAGE_DIRECTORY) this.#checkPath(name, segments.join('/'));
  }

  /** Two names of a storage must not stand for one path: `%41` would be `A`. */
  #checkPath(name: string, text: string): void {
    const path = decodeName(text).toString('latin1');
    if (this.#paths.has(path)) this.#failEntry(name, 'stands for the same path as another');
    this.#paths.add(path);
  }

  #typeOf({ name, verMade, attr }: ZipEntry): EntryType {
    const isUnix = verMade >> 8 === 3;
    const fileType = isUnix ? (attr >>> 28) & 0xf : 0;
    if (name.endsWith('/')) {
      if (fileType === 0 || fileType === 0x4) return 'directory';
    } else if (fileType === 0xa) {
      return 'symlink';
    } else if (fileType === 0 || fileType === 0x8) {
      return 'file';
    }
    return this.#failEntry(name, 'is no file, directory or symlink');
  }

  /** Checks that the entry begins behind the one before, and tells that one where it ends. */
  #checkPlace({ name, offset }: ZipEntry): void {
    const before = this.#entries.at(-1);
    if (before === undefined ? offset !== 0 : offset <= before.offset) {
      this.#failEntry(name, 'is not where it should be');
    }
    if (before === undefined) return;
    before.end = offset;
    this.#checkRoom(offset);
  }

  /** Checks that the last entry so far fills the bytes up to `end`, as far as can be told from the directory. */
  #checkRoom(end: number): void {
    const entry = this.#entries.at(-1);
    if (entry === undefined) return this.#fail('it has no entries');
    const used = entry.offset + LOCAL_HEADER_BYTES + Buffer.byteLength(entry.zipName) + entry.compressedSize;
    if (used > end) this.#failEntry(entry.zipName, 'overlaps what follows');
    if (end - used > SLACK_BYTES) this.#failEntry(entry.zipName, 'is followed by bytes that belong to none');
  }

  #failEntry(name: string, what: string): never {
    return this.#fail(`its entry ${quote(name)} ${what}`);
  }

  #fail(what: string): never {
    throw new HoldfastError('damaged', `${this.#source} is damaged: ${what}.`);
  }
}

function quote(name: string): string {
  return JSON.stringify(name.length > 500 ? `${name.slice(0, 500)}…` : name);
}
