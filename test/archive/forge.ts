import { crc32 } from 'node:zlib';

/** What a zip says of an entry in one of the two places where it says it. */
export interface Header {
  name: Buffer;
  /** Version needed to extract. */
  version: number;
  flags: number;
  method: number;
  /** MS-DOS date and time in one number. */
  time: number;
  crc: number;
  compressedSize: number;
  size: number;
  extra: Buffer;
}

/** An entry of a zip taken apart, to be changed and put together again. */
export interface ForgedEntry {
  local: Header;
  central: Header & {
    madeBy: number;
    attributes: number;
    comment: Buffer;
    disk: number;
    offset: number | null;
  };
  data: Buffer;
  descriptor: Buffer;
}

export interface ForgedZip {
  entries: ForgedEntry[];
  /** The central directory's order; the order of the bytes when null. */
  order: ForgedEntry[] | null;
  before: Buffer;
  beforeDirectory: Buffer;
  after: Buffer;
  comment: Buffer;
  count: number | null;
  diskCount: number | null;
  directoryOffset: number | null;
  directorySize: number | null;
  /** Whether there are zip64 end records, which then have the numbers. */
  zip64: boolean;
}

const MARK16 = 0xffff;
const MARK32 = 0xffff_ffff;

/** Takes a small zip apart, changes it and puts it together: offsets fit unless `change` sets them. */
export function forge(bytes: Buffer, change: (zip: ForgedZip) => void): Buffer {
  const zip = takeApart(bytes);
  change(zip);
  return assemble(zip);
}

export function takeApart(bytes: Buffer): ForgedZip {
  const zip64 = bytes.length > 98 && bytes.readUInt32LE(bytes.length - 42) === 0x07064b50;
  return {
    entries: parse(bytes, zip64),
    order: null,
    before: Buffer.alloc(0),
    beforeDirectory: Buffer.alloc(0),
    after: Buffer.alloc(0),
    comment: Buffer.alloc(0),
    count: null,
    diskCount: null,
    directoryOffset: null,
    directorySize: null,
    zip64,
  };
}

/** The entry called `name`. */
export function find(zip: ForgedZip, name: string): ForgedEntry {
  const entry = zip.entries.find((each) => each.central.name.equals(Buffer.from(name)));
  if (entry === undefined) throw new Error(`No entry ${name}`);
  return entry;
}

/** A stored entry with everything right. */
export function storedEntry(
  name: Buffer | string,
  content: Buffer | string,
  unixMode = 0o100644,
): ForgedEntry {
  const data = Buffer.from(content);
  const header: Header = {
    name: Buffer.from(name),
    version: 20,
    flags: 0x800,
    method: 0,
    time: 0x5a21_0000,
    crc: crc32(data),
    compressedSize: data.length,
    size: data.length,
    extra: Buffer.alloc(0),
  };
  return {
    local: { ...header },
    central: {
      ...header,
      madeBy: 0x032d,
      attributes: unixMode * 0x10000,
      comment: Buffer.alloc(0),
      disk: 0,
      offset: null,
    },
    data,
    descriptor: Buffer.alloc(0),
  };
}

/** Replaces an entry's content, stored, and all that depends on it in the zip. */
export function setContent(entry: ForgedEntry, content: Buffer | string): void {
  const fresh = storedEntry(entry.central.name, content);
  Object.assign(entry, { ...fresh, central: { ...fresh.central, attributes: entry.central.attributes } });
}

/** Moves what a zip says of an entry into zip64 fields, as writers do for entries above 4 GiB. */
export function useZip64(entry: ForgedEntry, offset: number): void {
  const { central } = entry;
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(central.size), 4);
  extra.writeBigUInt64LE(BigInt(central.compressedSize), 12);
  extra.writeBigUInt64LE(BigInt(offset), 20);
  Object.assign(central, { extra, size: MARK32, compressedSize: MARK32, offset: MARK32 });
  if (entry.descriptor.length !== 16) return;
  const descriptor = Buffer.alloc(24);
  entry.descriptor.copy(descriptor, 0, 0, 8);
  extra.copy(descriptor, 8, 12, 20);
  extra.copy(descriptor, 16, 4, 12);
  entry.descriptor = descriptor;
}

function parse(bytes: Buffer, zip64: boolean): ForgedEntry[] {
  const end = bytes.length - 22;
  const entries: ForgedEntry[] = [];
  const record = end - 76;
  let position = zip64 ? Number(bytes.readBigUInt64LE(record + 48)) : bytes.readUInt32LE(end + 16);
  let left = zip64 ? Number(bytes.readBigUInt64LE(record + 32)) : bytes.readUInt16LE(end + 10);
  for (; left > 0; left--) {
    const central = {
      ...parseHeader(bytes, position + 6, position + 46, bytes.readUInt16LE(position + 28)),
      madeBy: bytes.readUInt16LE(position + 4),
      attributes: bytes.readUInt32LE(position + 38),
      comment: Buffer.alloc(0),
      disk: 0,
      offset: null as number | null,
    };
    const nameLength = central.name.length;
    const extraBytes = bytes.readUInt16LE(position + 30);
    central.extra = Buffer.from(
      bytes.subarray(position + 46 + nameLength, position + 46 + nameLength + extraBytes),
    );
    const hasExtra = extraBytes > 0;
    const offset = hasExtra ? Number(central.extra.readBigUInt64LE(20)) : bytes.readUInt32LE(position + 42);
    if (hasExtra) central.offset = MARK32;
    const dataBytes = hasExtra ? Number(central.extra.readBigUInt64LE(12)) : central.compressedSize;
    const local = parseHeader(bytes, offset + 4, offset + 30, bytes.readUInt16LE(offset + 26));
    const start = offset + 30 + nameLength;
    const descriptorBytes = (central.flags & 8) === 0 ? 0 : hasExtra ? 24 : 16;
    entries.push({
      local,
      central,
      data: Buffer.from(bytes.subarray(start, start + dataBytes)),
      descriptor: Buffer.from(bytes.subarray(start + dataBytes, start + dataBytes + descriptorBytes)),
    });
    position += 46 + nameLength + extraBytes;
  }
  return entries;
}

function parseHeader(bytes: Buffer, position: number, namePosition: number, nameLength: number): Header {
  return {
    name: Buffer.from(bytes.subarray(namePosition, namePosition + nameLength)),
    version: bytes.readUInt16LE(position),
    flags: bytes.readUInt16LE(position + 2),
    method: bytes.readUInt16LE(position + 4),
    time: bytes.readUInt32LE(position + 6),
    crc: bytes.readUInt32LE(position + 10),
    compressedSize: bytes.readUInt32LE(position + 14),
    size: bytes.readUInt32LE(position + 18),
    extra: Buffer.alloc(0),
  };
}

export function assemble(zip: ForgedZip): Buffer {
  const pieces: Buffer[] = [zip.before];
  const offsets = new Map<ForgedEntry, number>();
  let position = zip.before.length;
  const write = (piece: Buffer): void => {
    pieces.push(piece);
    position += piece.length;
  };
  for (const entry of zip.entries) {
    offsets.set(entry, position);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    writeHeader(head, 4, 26, entry.local);
    write(Buffer.concat([head, entry.local.name, entry.local.extra, entry.data, entry.descriptor]));
  }
  write(zip.beforeDirectory);
  const directoryOffset = position;
  const listed = zip.order ?? zip.entries;
  for (const entry of listed) {
    const { central } = entry;
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt16LE(central.madeBy, 4);
    writeHeader(head, 6, 28, central);
    head.writeUInt16LE(central.comment.length, 32);
    head.writeUInt16LE(central.disk, 34);
    head.writeUInt32LE(central.attributes, 38);
    head.writeUInt32LE(central.offset ?? offsets.get(entry) ?? 0, 42);
    write(Buffer.concat([head, central.name, central.extra, central.comment]));
  }
  const facts = {
    count: zip.count ?? listed.length,
    diskCount: zip.diskCount ?? zip.count ?? listed.length,
    size: zip.directorySize ?? position - directoryOffset,
    offset: zip.directoryOffset ?? directoryOffset,
  };
  if (zip.zip64) write(zip64Records(facts, position));
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip.zip64 ? MARK16 : facts.diskCount, 8);
  end.writeUInt16LE(zip.zip64 ? MARK16 : facts.count, 10);
  end.writeUInt32LE(zip.zip64 ? MARK32 : facts.size, 12);
  end.writeUInt32LE(zip.zip64 ? MARK32 : facts.offset, 16);
  end.writeUInt16LE(zip.comment.length, 20);
  return Buffer.concat([...pieces, end, zip.comment, zip.after]);
}

function zip64Records(
  facts: {
    readonly count: number;
    readonly diskCount: number;
    readonly size: number;
    readonly offset: number;
  },
  position: number,
): Buffer {
  const records = Buffer.alloc(76);
  records.writeUInt32LE(0x06064b50, 0);
  records.writeBigUInt64LE(44n, 4);
  records.writeUInt16LE(0x032d, 12);
  records.writeUInt16LE(45, 14);
  records.writeBigUInt64LE(BigInt(facts.diskCount), 24);
  records.writeBigUInt64LE(BigInt(facts.count), 32);
  records.writeBigUInt64LE(BigInt(facts.size), 40);
  records.writeBigUInt64LE(BigInt(facts.offset), 48);
  records.writeUInt32LE(0x07064b50, 56);
  records.writeBigUInt64LE(BigInt(position), 64);
  records.writeUInt32LE(1, 72);
  return records;
}

function writeHeader(head: Buffer, position: number, lengthPosition: number, header: Header): void {
  head.writeUInt16LE(header.version, position);
  head.writeUInt16LE(header.flags, position + 2);
  head.writeUInt16LE(header.method, position + 4);
  head.writeUInt32LE(header.time, position + 6);
  head.writeUInt32LE(header.crc, position + 10);
  head.writeUInt32LE(header.compressedSize, position + 14);
  head.writeUInt32LE(header.size, position + 18);
  head.writeUInt16LE(header.name.length, lengthPosition);
  head.writeUInt16LE(header.extra.length, lengthPosition + 2);
}
