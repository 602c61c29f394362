import { crc32 } from 'node:zlib';

/** What a zip says of an entry in one of the two places where it says it. */
export interface Header {
  name: Buffer;
  flags: number;
  method: number;
  crc: number;
  compressedSize: number;
  size: number;
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
    extra: Buffer;
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
}

/** Takes a small zip apart, changes it and puts it together: offsets fit unless `change` sets them. */
export function forge(bytes: Buffer, change: (zip: ForgedZip) => void): Buffer {
  const zip: ForgedZip = {
    entries: parse(bytes),
    order: null,
    before: Buffer.alloc(0),
    beforeDirectory: Buffer.alloc(0),
    after: Buffer.alloc(0),
    comment: Buffer.alloc(0),
    count: null,
    diskCount: null,
    directoryOffset: null,
    directorySize: null,
  };
  change(zip);
  return assemble(zip);
}

/** The entry called `name`. */
export function find(zip: ForgedZip, name: string): ForgedEntry {
  const entry = zip.entries.find((each) => each.central.name.equals(Buffer.from(name)));
  if (entry === undefined) throw new Error(`No entry ${name}`);
  return entry;
}

/** A stored entry with everything right. */
export function storedEntry(name: Buffer | string, content: Buffer | string): ForgedEntry {
  const data = Buffer.from(content);
  const header: Header = {
    name: Buffer.from(name),
    flags: 0x800,
    method: 0,
    crc: crc32(data),
    compressedSize: data.length,
    size: data.length,
  };
  return {
    local: { ...header },
    central: {
      ...header,
      madeBy: 0x032d,
      attributes: 0o100644 * 0x10000,
      comment: Buffer.alloc(0),
      disk: 0,
      offset: null,
      extra: Buffer.alloc(0),
    },
    data,
    descriptor: Buffer.alloc(0),
  };
}

/** Replaces a stored entry's content and all that depends on it. */
export function setContent(entry: ForgedEntry, content: Buffer | string): void {
  const fresh = storedEntry(entry.central.name, content);
  Object.assign(entry, { ...fresh, central: { ...fresh.central, attributes: entry.central.attributes } });
}

function parse(bytes: Buffer): ForgedEntry[] {
  const end = bytes.length - 22;
  const entries: ForgedEntry[] = [];
  let position = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = bytes.readUInt16LE(position + 28);
    const offset = bytes.readUInt32LE(position + 42);
    const central = {
      ...parseHeader(bytes, position + 8, bytes.subarray(position + 46, position + 46 + nameLength)),
      madeBy: bytes.readUInt16LE(position + 4),
      attributes: bytes.readUInt32LE(position + 38),
      comment: Buffer.alloc(0),
      disk: 0,
      offset: null,
      extra: Buffer.alloc(0),
    };
    const local = parseHeader(bytes, offset + 6, bytes.subarray(offset + 30, offset + 30 + nameLength));
    const start = offset + 30 + nameLength;
    const dataEnd = start + central.compressedSize;
    entries.push({
      local,
      central,
      data: Buffer.from(bytes.subarray(start, dataEnd)),
      descriptor: Buffer.from(bytes.subarray(dataEnd, dataEnd + ((central.flags & 8) === 0 ? 0 : 16))),
    });
    position += 46 + nameLength;
  }
  return entries;
}

function parseHeader(bytes: Buffer, position: number, name: Buffer): Header {
  return {
    name: Buffer.from(name),
    flags: bytes.readUInt16LE(position),
    method: bytes.readUInt16LE(position + 2),
    crc: bytes.readUInt32LE(position + 8),
    compressedSize: bytes.readUInt32LE(position + 12),
    size: bytes.readUInt32LE(position + 16),
  };
}

function assemble(zip: ForgedZip): Buffer {
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
    head.writeUInt16LE(20, 4);
    writeHeader(head, 6, 26, entry.local);
    write(Buffer.concat([head, entry.local.name, entry.data, entry.descriptor]));
  }
  write(zip.beforeDirectory);
  const directoryOffset = position;
  const listed = zip.order ?? zip.entries;
  for (const entry of listed) {
    const { central } = entry;
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt16LE(central.madeBy, 4);
    head.writeUInt16LE(20, 6);
    writeHeader(head, 8, 28, central);
    head.writeUInt16LE(central.extra.length, 30);
    head.writeUInt16LE(central.comment.length, 32);
    head.writeUInt16LE(central.disk, 34);
    head.writeUInt32LE(central.attributes, 38);
    head.writeUInt32LE(central.offset ?? offsets.get(entry)!, 42);
    write(Buffer.concat([head, central.name, central.extra, central.comment]));
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip.diskCount ?? zip.count ?? listed.length, 8);
  end.writeUInt16LE(zip.count ?? listed.length, 10);
  end.writeUInt32LE(zip.directorySize ?? position - directoryOffset, 12);
  end.writeUInt32LE(zip.directoryOffset ?? directoryOffset, 16);
  end.writeUInt16LE(zip.comment.length, 20);
  return Buffer.concat([...pieces, end, zip.comment, zip.after]);
}

function writeHeader(head: Buffer, position: number, lengthPosition: number, header: Header): void {
  head.writeUInt16LE(header.flags, position);
  head.writeUInt16LE(header.method, position + 2);
  head.writeUInt32LE(header.crc, position + 8);
  head.writeUInt32LE(header.compressedSize, position + 12);
  head.writeUInt32LE(header.size, position + 16);
  head.writeUInt16LE(header.name.length, lengthPosition);
}
