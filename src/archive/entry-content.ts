import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import type { ByteSource } from '../core/byte-source.ts';
import { readExactly, readRange } from '../core/byte-source.ts';
import { HoldfastError, messageOf, systemCodeOf } from '../core/errors.ts';
import { quoteName } from './quote-name.ts';
import type { DirectoryEntry } from './zip-directory.ts';
import { DESCRIPTOR_FLAG } from './zip-directory.ts';
import { readBlock } from './zip-end.ts';

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const CHUNK_BYTES = 256 * 1024;
/** Up to here inflating at one go takes less time than making a stream for it. */
const SMALL_BYTES = 64 * 1024;

/**
 * The uncompressed bytes of an entry. Checks everything about it that the directory did not tell: the local header,
 * what lies between its data and the next entry, size and CRC.
 *
 * node-stream-zip could stream an entry too, but it needs its own entry objects to be kept, checks no CRC where a
 * data descriptor follows, and loses read errors of deflated entries.
 * @throws HoldfastError `damaged`, or what `source` throws
 */
export async function* readContent(
  source: ByteSource,
  entry: DirectoryEntry,
): AsyncGenerator<Buffer, void, void> {
  const fail = (what: string, cause?: unknown): never => {
    const name = quoteName(entry.name);
    throw new HoldfastError('damaged', `${source.name} is damaged: its entry ${name} ${what}.`, { cause });
  };
  source.expect?.(entry.offset, entry.end);
  const start = await readLocalHeader(source, entry, fail);
  const end = start + entry.compressedSize;
  let size = 0;
  let crc = 0;
  for await (const chunk of readData(source, entry, start, fail)) {
    size += chunk.length;
    if (size > entry.size) fail(`holds more than its ${entry.size} bytes`);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (size !== entry.size) fail(`holds ${size} bytes instead of ${entry.size}`);
  if (crc !== entry.crc32) fail('has another CRC-32 than its directory says');
  await checkDescriptor(source, entry, end, fail);
}

type Fail = (what: string, cause?: unknown) => never;

/** Checks the local header against the directory; returns where the data begins. */
async function readLocalHeader(source: ByteSource, entry: DirectoryEntry, fail: Fail): Promise<number> {
  const name = Buffer.from(entry.zipName);
  const header = await readBlock(source, entry.offset, LOCAL_HEADER_BYTES + name.length);
  if (
    header.length < LOCAL_HEADER_BYTES + name.length ||
    header.readUInt32LE(0) !== LOCAL_SIGNATURE ||
    header.readUInt16LE(6) !== entry.flags ||
    header.readUInt16LE(8) !== (entry.method === 'store' ? 0 : 8) ||
    header.readUInt16LE(26) !== name.length ||
    header.readUInt16LE(28) !== 0 ||
    !header.subarray(LOCAL_HEADER_BYTES).equals(name)
  ) {
    fail('has a header that does not agree with the directory');
  }
  const facts = [header.readUInt32LE(14), header.readUInt32LE(18), header.readUInt32LE(22)];
  const expected = hasDescriptor(entry) ? [0, 0, 0] : [entry.crc32, entry.compressedSize, entry.size];
  if (facts.some((fact, index) => fact !== expected[index])) {
    fail('has a header whose sizes or CRC-32 do not agree with the directory');
  }
  return entry.offset + header.length;
}

/** Checks that nothing but the data descriptor, if there is one, lies between the data and the next entry. */
async function checkDescriptor(
  source: ByteSource,
  entry: DirectoryEntry,
  dataEnd: number,
  fail: Fail,
): Promise<void> {
  const gap = entry.end - dataEnd;
  if (!hasDescriptor(entry)) {
    if (gap !== 0) fail('is followed by bytes that belong to none');
    return;
  }
  if (![12, 16, 20, 24].includes(gap)) return fail('has no sound data descriptor');
  const block = await readBlock(source, dataEnd, gap);
  const facts = gap % 8 === 0 ? block.subarray(4) : block;
  const signature = gap % 8 === 0 ? block.readUInt32LE(0) : DESCRIPTOR_SIGNATURE;
  const [compressedSize, size] =
    facts.length === 20
      ? [facts.readBigUInt64LE(4), facts.readBigUInt64LE(12)]
      : [BigInt(facts.readUInt32LE(4)), BigInt(facts.readUInt32LE(8))];
  if (
    signature !== DESCRIPTOR_SIGNATURE ||
    facts.readUInt32LE(0) !== entry.crc32 ||
    compressedSize !== BigInt(entry.compressedSize) ||
    size !== BigInt(entry.size)
  ) {
    fail('has a data descriptor that does not agree with the directory');
  }
}

function readData(
  source: ByteSource,
  entry: DirectoryEntry,
  start: number,
  fail: Fail,
): AsyncIterable<Buffer> {
  const raw = readRange(source, start, start + entry.compressedSize, CHUNK_BYTES);
  if (entry.method === 'store') return raw;
  const isSmall = entry.compressedSize <= SMALL_BYTES && entry.size <= SMALL_BYTES;
  return isSmall ? inflateWhole(source, entry, start, fail) : inflate(raw, entry, fail);
}

function hasDescriptor(entry: DirectoryEntry): boolean {
  return (entry.flags & DESCRIPTOR_FLAG) !== 0;
}

async function* inflate(
  raw: AsyncIterable<Buffer>,
  entry: DirectoryEntry,
  fail: Fail,
): AsyncGenerator<Buffer, void, void> {
  const inflated = createInflateRaw({ chunkSize: 64 * 1024 });
  // Its failure is met where `inflated` is read.
  pipeline(raw, inflated).catch(() => undefined);
  try {
    for await (const chunk of inflated) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    fail(`cannot be inflated: ${messageOf(error)}`, error);
  }
  if (inflated.bytesWritten !== entry.compressedSize) fail('holds bytes behind its deflated data');
}

async function* inflateWhole(
  source: ByteSource,
  entry: DirectoryEntry,
  start: number,
  fail: Fail,
): AsyncGenerator<Buffer, void, void> {
  const raw = await readExactly(source, start, entry.compressedSize);
  // One byte more than there should be shows that there are more.
  const limit = entry.size + 1;
  try {
    const { buffer, engine } = inflateRawSync(raw, {
      info: true,
      chunkSize: Math.max(64, limit),
      maxOutputLength: limit,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    if (engine.bytesWritten !== raw.length) fail('holds bytes behind its deflated data');
    yield buffer;
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    if (systemCodeOf(error) === 'ERR_BUFFER_TOO_LARGE') fail(`holds more than its ${entry.size} bytes`);
    fail(`cannot be inflated: ${messageOf(error)}`, error);
  }
}
