/** What an entry's records say of it besides its content. */
export interface ZipEntry {
  /** As the zip has it: that of a directory ends with a slash. */
  readonly name: string;
  /** Type and permission bits, as Unix has them. */
  readonly mode: number;
  /** Time of last change; the time of writing when left out. */
  readonly mtime?: Date | undefined;
  readonly method: number;
}

/** What an entry's records say of its content. */
export interface ZipContent {
  readonly crc32: number;
  /** In bytes, before compression. */
  readonly size: number;
  /** In bytes, in the zip. */
  readonly compressedSize: number;
}

/** The numbers of the methods (APPNOTE 4.4.5). */
export const METHODS = { store: 0, deflate: 8 } as const;

/** A value from here on stands in a zip64 record, and the mark in its place (APPNOTE 4.3.9.2, 4.4.1.4). */
const MARK32 = 0xffff_ffff;
const MARK16 = 0xffff;

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const DIRECTORY_SIGNATURE = 0x02014b50;
const DIRECTORY_BYTES = 46;
const ZIP64_EXTRA = 0x0001;
const ZIP64_EXTRA_BYTES = 28;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;

/** The versions that brought what is used here (APPNOTE 4.4.3.2): nothing, deflate and descriptors, zip64. */
const VERSION = { plain: 10, deflate: 20, zip64: 45 };
/** Written on Unix (APPNOTE 4.4.2), so that modes are taken for such. */
const MADE_BY = (3 << 8) | VERSION.zip64;

/** Bit 3: sizes and CRC come behind the data. Bit 11: the name is UTF-8 (APPNOTE 4.4.4). */
const DESCRIPTOR_FLAG = 1 << 3;
const UTF8_FLAG = 1 << 11;

/** What DOS called a directory, and a file that was not backed up since it changed (APPNOTE 4.4.15). */
const DOS_DIRECTORY = 0x10;
const DOS_ARCHIVE = 0x20;

/** The first and the last moment that a record can hold. */
const FIRST_TIME = (1 << 21) | (1 << 16);
const LAST_TIME = ((127 << 25) | (12 << 21) | (31 << 16) | (23 << 11) | (59 << 5) | 29) >>> 0;

/** The records of one entry. */
export class EntryRecords {
  readonly #entry: ZipEntry;
  readonly #hasDescriptor: boolean;
  readonly #nameBytes: number;
  readonly #flags: number;
  readonly #time: number;

  /** @param hasDescriptor whether the content is known only when it has been written */
  constructor(entry: ZipEntry, hasDescriptor: boolean) {
    this.#entry = entry;
    this.#hasDescriptor = hasDescriptor;
    this.#nameBytes = Buffer.byteLength(entry.name);
    const isAscii = this.#nameBytes === entry.name.length;
    this.#flags = (hasDescriptor ? DESCRIPTOR_FLAG : 0) | (isAscii ? 0 : UTF8_FLAG);
    this.#time = encodeTime(entry.mtime ?? new Date());
  }

  get localBytes(): number {
    return LOCAL_BYTES + this.#nameBytes;
  }

  /** Writes the local header. @param content null where a descriptor tells it */
  writeLocal(block: Buffer, at: number, content: ZipContent | null): void {
    block.writeUInt32LE(LOCAL_SIGNATURE, at);
    this.#writeCommon(block, at + 4, this.#version(), content);
    block.writeUInt16LE(0, at + 28);
    this.#writeName(block, at + LOCAL_BYTES);
  }

  /** The descriptor behind the data. */
  descriptor({ crc32, size, compressedSize }: ZipContent): Buffer {
    const isLarge = size > MARK32 || compressedSize > MARK32;
    const record = Buffer.alloc(isLarge ? 24 : 16);
    record.writeUInt32LE(DESCRIPTOR_SIGNATURE, 0);
    record.writeUInt32LE(crc32, 4);
    if (isLarge) {
      record.writeBigUInt64LE(BigInt(compressedSize), 8);
      record.writeBigUInt64LE(BigInt(size), 16);
    } else {
      record.writeUInt32LE(compressedSize, 8);
      record.writeUInt32LE(size, 12);
    }
    return record;
  }

  /** How long the record in the directory is. */
  directoryBytes(content: ZipContent, offset: number): number {
    return DIRECTORY_BYTES + this.#nameBytes + (needsZip64(content, offset) ? ZIP64_EXTRA_BYTES : 0);
  }

  /** Writes the record of the directory for an entry whose local header is at `offset`. */
  writeDirectory(block: Buffer, at: number, content: ZipContent, offset: number): void {
    const isZip64 = needsZip64(content, offset);
    const shown = isZip64 ? { ...content, size: MARK32, compressedSize: MARK32 } : content;
    block.writeUInt32LE(DIRECTORY_SIGNATURE, at);
    block.writeUInt16LE(MADE_BY, at + 4);
    this.#writeCommon(block, at + 6, isZip64 ? VERSION.zip64 : this.#version(), shown);
    block.writeUInt16LE(isZip64 ? ZIP64_EXTRA_BYTES : 0, at + 30);
    // No comment, the first disk, no internal attributes.
    block.writeUInt32LE(0, at + 32);
    block.writeUInt16LE(0, at + 36);
    const { name, mode } = this.#entry;
    const dos = name.endsWith('/') ? DOS_DIRECTORY : DOS_ARCHIVE;
    block.writeUInt32LE(((mode << 16) | dos) >>> 0, at + 38);
    block.writeUInt32LE(isZip64 ? MARK32 : offset, at + 42);
    this.#writeName(block, at + DIRECTORY_BYTES);
    if (!isZip64) return;
    const extra = at + DIRECTORY_BYTES + this.#nameBytes;
    block.writeUInt16LE(ZIP64_EXTRA, extra);
    block.writeUInt16LE(ZIP64_EXTRA_BYTES - 4, extra + 2);
    block.writeBigUInt64LE(BigInt(content.size), extra + 4);
    block.writeBigUInt64LE(BigInt(content.compressedSize), extra + 12);
    block.writeBigUInt64LE(BigInt(offset), extra + 20);
  }

  /** The 24 bytes that both headers have: from the version to the length of the name. */
  #writeCommon(block: Buffer, at: number, version: number, content: ZipContent | null): void {
    block.writeUInt16LE(version, at);
    block.writeUInt16LE(this.#flags, at + 2);
    block.writeUInt16LE(this.#entry.method, at + 4);
    block.writeUInt32LE(this.#time, at + 6);
    block.writeUInt32LE(content === null ? 0 : content.crc32, at + 10);
    block.writeUInt32LE(content === null ? 0 : content.compressedSize, at + 14);
    block.writeUInt32LE(content === null ? 0 : content.size, at + 18);
    block.writeUInt16LE(this.#nameBytes, at + 22);
  }

  #writeName(block: Buffer, at: number): void {
    if (this.#flags & UTF8_FLAG) block.write(this.#entry.name, at, 'utf8');
    else block.write(this.#entry.name, at, 'latin1');
  }

  #version(): number {
    return this.#hasDescriptor || this.#entry.method !== METHODS.store ? VERSION.deflate : VERSION.plain;
  }
}

/** Whether sizes fit into a local header: only a descriptor can have larger ones here. */
export function fitsLocalHeader({ size, compressedSize }: ZipContent): boolean {
  return size < MARK32 && compressedSize < MARK32;
}

/** The records at the end of a zip whose directory begins at `offset`. */
export function encodeEnd(entries: number, offset: number, bytes: number): Buffer {
  const isZip64 = entries >= MARK16 || offset >= MARK32 || bytes >= MARK32;
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END_SIGNATURE, 0);
  end.writeUInt16LE(isZip64 ? MARK16 : entries, 8);
  end.writeUInt16LE(isZip64 ? MARK16 : entries, 10);
  end.writeUInt32LE(isZip64 ? MARK32 : bytes, 12);
  end.writeUInt32LE(isZip64 ? MARK32 : offset, 16);
  if (!isZip64) return end;
  const end64 = Buffer.alloc(END64_BYTES);
  end64.writeUInt32LE(END64_SIGNATURE, 0);
  end64.writeBigUInt64LE(BigInt(END64_BYTES - 12), 4);
  end64.writeUInt16LE(VERSION.zip64, 12);
  end64.writeUInt16LE(VERSION.zip64, 14);
  end64.writeBigUInt64LE(BigInt(entries), 24);
  end64.writeBigUInt64LE(BigInt(entries), 32);
  end64.writeBigUInt64LE(BigInt(bytes), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(LOCATOR_BYTES);
  locator.writeUInt32LE(LOCATOR_SIGNATURE, 0);
  locator.writeBigUInt64LE(BigInt(offset + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end]);
}

function needsZip64({ size, compressedSize }: ZipContent, offset: number): boolean {
  return size >= MARK32 || compressedSize >= MARK32 || offset >= MARK32;
}

/** A time in UTC as DOS had it, in steps of 2 seconds, from 1980 to 2107 (APPNOTE 4.4.6). */
function encodeTime(time: Date): number {
  const year = time.getUTCFullYear() - 1980;
  if (!(year >= 0)) return FIRST_TIME;
  if (year > 127) return LAST_TIME;
  const day = (year << 25) | ((time.getUTCMonth() + 1) << 21) | (time.getUTCDate() << 16);
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1);
  return (day | clock) >>> 0;
}
