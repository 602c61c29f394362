import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import type { ByteSource } from '../core/byte-source.ts';
import { readRange } from '../core/byte-source.ts';
import { HoldfastError, messageOf } from '../core/errors.ts';
import { release } from '../core/release.ts';
import type { ArchiveEntry } from './archive.ts';
import type { DirectoryEntry } from './directory-entry.ts';
import { type FailEntry, checkDescriptor, checkLocalHeader, localHeaderBytes } from './local-header.ts';
import { quoteName } from './quote-name.ts';
import { readBlock } from './zip-end.ts';

const CHUNK_BYTES = 256 * 1024;
const DIGEST_CHUNK_BYTES = 1 << 20;
/** What a data descriptor has at most, in bytes. */
const DESCRIPTOR_BYTES = 24;

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
  const fail = failing(source.name, entry);
  source.expect?.(entry.offset, entry.end);
  const { start, end } = await openData(source, entry, fail);
  const raw = readRange(source, start, end, CHUNK_BYTES);
  let size = 0;
  let crc = 0;
  for await (const chunk of entry.method === 'store' ? raw : inflate(raw, entry, fail)) {
    size += chunk.length;
    if (size > entry.size) fail(`holds more than its ${entry.size} bytes`);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  checkContent(size, crc, entry, fail);
  await closeData(source, entry, end, fail);
}

/**
 * The SHA-256 of an entry of any size, in hex, all its checks made.
 * @throws HoldfastError `damaged`, what `source` throws, or the reason of `signal`
 */
export async function digestContent(
  source: ByteSource,
  entry: DirectoryEntry,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  if (entry.method !== 'store') {
    for await (const chunk of readContent(source, entry)) {
      signal?.throwIfAborted();
      hash.update(chunk);
    }
    return hash.digest('hex');
  }
  const fail = failing(source.name, entry);
  source.expect?.(entry.offset, entry.end);
  const { start, end } = await openData(source, entry, fail);
  let crc = 0;
  let size = 0;
  for await (const chunk of readInTurns(source, start, end)) {
    signal?.throwIfAborted();
    hash.update(chunk);
    crc = crc32(chunk, crc);
    size += chunk.length;
  }
  checkContent(size, crc, entry, fail);
  await closeData(source, entry, end, fail);
  return hash.digest('hex');
}

/** Throws an error that names the archive and its entry. */
export function failing(archive: string, entry: ArchiveEntry): FailEntry {
  return (what, cause) => {
    const name = quoteName(entry.name);
    throw new HoldfastError('damaged', `${archive} is damaged: its entry ${name} ${what}.`, { cause });
  };
}

/** Checks the local header; returns where the data begins and ends. */
async function openData(
  source: ByteSource,
  entry: DirectoryEntry,
  fail: FailEntry,
): Promise<{ start: number; end: number }> {
  const headerBytes = localHeaderBytes(entry);
  checkLocalHeader(await readBlock(source, entry.offset, headerBytes), entry, fail);
  const start = entry.offset + headerBytes;
  return { start, end: start + entry.compressedSize };
}

/** Checks what follows the data, which ends at `end`. */
async function closeData(
  source: ByteSource,
  entry: DirectoryEntry,
  end: number,
  fail: FailEntry,
): Promise<void> {
  // More than a descriptor can have is not worth reading: that many bytes are wrong in any case.
  const gapBytes = Math.min(entry.end - end, DESCRIPTOR_BYTES + 1);
  const gap = gapBytes === 0 ? Buffer.alloc(0) : await readBlock(source, end, gapBytes);
  checkDescriptor(gap, entry, fail);
}

/** Checks what all of an entry's content came to. */
export function checkContent(size: number, crc: number, entry: DirectoryEntry, fail: FailEntry): void {
  if (size !== entry.size) fail(`holds ${size} bytes instead of ${entry.size}`);
  if (crc !== entry.crc32) fail('has another CRC-32 than its directory says');
}

/** As `readRange`, with two buffers in turns: a chunk is gone when the next is asked for. */
async function* readInTurns(
  source: ByteSource,
  start: number,
  end: number,
): AsyncGenerator<Buffer, void, void> {
  let [buffer, other] = [0, 1].map(() => Buffer.allocUnsafeSlow(DIGEST_CHUNK_BYTES)) as [Buffer, Buffer];
  const read = (position: number): Promise<Buffer> => {
    [buffer, other] = [other, buffer];
    const chunk = buffer.subarray(0, Math.min(DIGEST_CHUNK_BYTES, end - position));
    return source.read(chunk, position).then((bytes) => chunk.subarray(0, bytes));
  };
  let next = start < end ? read(start) : null;
  try {
    for (let position = start; next !== null;) {
      const chunk = await next;
      position += chunk.length;
      next = chunk.length > 0 && position < end ? read(position) : null;
      // Its failure is met when its turn comes.
      next?.catch(() => undefined);
      yield chunk;
    }
  } finally {
    // Whoever closes the source must find it idle.
    await next?.catch(() => undefined);
    release(buffer);
    release(other);
  }
}

async function* inflate(
  raw: AsyncIterable<Buffer>,
  entry: DirectoryEntry,
  fail: FailEntry,
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
