import { type InputType, type ZlibOptions, crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import type { ByteSource } from '../core/byte-source.ts';
import { readExactly } from '../core/byte-source.ts';
import { HoldfastError, messageOf, systemCodeOf } from '../core/errors.ts';
import { release } from '../core/release.ts';
import type { ArchiveEntry, HeldEntries } from './archive.ts';
import type { DirectoryEntry } from './directory-entry.ts';
import { checkContent, failing } from './entry-content.ts';
import { checkDescriptor, checkLocalHeader, localHeaderBytes } from './local-header.ts';

/** Up to here inflating takes less time than the way through the thread pool. */
const SYNC_BYTES = 32 * 1024;

/** The smallest output that Node takes. */
const LEAST_OUTPUT = 64;

/**
 * The uncompressed bytes of an entry that is held in memory, checked as `readContent` does: read at one go, and inflated on the thread
 * pool where that pays.
 * @throws HoldfastError `damaged`, or what `source` throws
 */
export async function readWhole(source: ByteSource, entry: DirectoryEntry): Promise<Buffer> {
  const { archive, block } = await holdEntries(source, [entry]);
  const held = { archive, entry, block };
  const raw = heldData(held);
  const content = checkHeld(held, entry.method === 'store' ? raw : await inflateWhole(raw, held));
  if (content.buffer !== block.buffer) release(block);
  return content;
}

/**
 * Reads entries that follow each other at one go.
 * @param entries one or more
 * @throws what `source` throws
 */
export async function holdEntries(
  source: ByteSource,
  entries: readonly DirectoryEntry[],
): Promise<HeldEntries> {
  const [first, last] = [entries[0]!, entries.at(-1)!];
  const block = await readExactly(source, first.offset, last.end - first.offset);
  return { archive: source.name, entries, block };
}

/**
 * As `readWhole`, of entries that have been read, on the thread of the caller: one after the other, as they are asked for. What is
 * stored is a part of the block.
 * @throws HoldfastError `damaged`
 */
export function* openHeld({ archive, entries, block }: HeldEntries): Generator<Buffer, void, void> {
  // The entries that a reader gives away have all that it needs.
  const listed = entries as readonly DirectoryEntry[];
  for (const entry of listed) {
    const from = listed[0]!.offset;
    const held = { archive, entry, block: block.subarray(entry.offset - from, entry.end - from) };
    const raw = heldData(held);
    yield checkHeld(held, entry.method === 'store' ? raw : inflateWholeSync(raw, held));
  }
}

/** One of `HeldEntries`. */
interface HeldEntry {
  readonly archive: string;
  readonly entry: DirectoryEntry;
  /** From its local header up to the next entry. */
  readonly block: Buffer;
}

/** Checks the local header; returns the data. */
function heldData({ archive, entry, block }: HeldEntry): Buffer {
  const start = localHeaderBytes(entry);
  checkLocalHeader(block.subarray(0, start), entry, failing(archive, entry));
  return block.subarray(start, start + entry.compressedSize);
}

/** Checks the content and what follows the data. */
function checkHeld({ archive, entry, block }: HeldEntry, content: Buffer): Buffer {
  const fail = failing(archive, entry);
  checkContent(content.length, crc32(content), entry, fail);
  checkDescriptor(block.subarray(localHeaderBytes(entry) + entry.compressedSize), entry, fail);
  return content;
}

/** What Node gives with the option `info`, which its declarations do not know. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

async function inflateWhole(raw: Buffer, held: HeldEntry): Promise<Buffer> {
  const { entry } = held;
  if (raw.length <= SYNC_BYTES && entry.size <= SYNC_BYTES) return inflateWholeSync(raw, held);
  try {
    return inflatedOf(await inflateInPool(raw, inflateOptions(entry)), raw, held);
  } catch (error) {
    return failInflating(error, held);
  }
}

function inflateWholeSync(raw: Buffer, held: HeldEntry): Buffer {
  try {
    return inflatedOf(inflateRawSync(raw, inflateOptions(held.entry)) as unknown as Inflated, raw, held);
  } catch (error) {
    return failInflating(error, held);
  }
}

function inflateOptions({ size }: ArchiveEntry): ZlibOptions {
  // One byte more than there should be shows that there are more.
  const room = Math.max(LEAST_OUTPUT, size + 1);
  return { info: true, chunkSize: room, maxOutputLength: room };
}

function inflatedOf({ buffer, engine }: Inflated, raw: Buffer, { archive, entry }: HeldEntry): Buffer {
  const fail = failing(archive, entry);
  if (buffer.length > entry.size) fail(`holds more than its ${entry.size} bytes`);
  if (engine.bytesWritten !== raw.length) fail('holds bytes behind its deflated data');
  return buffer;
}

function failInflating(error: unknown, { archive, entry }: HeldEntry): never {
  if (error instanceof HoldfastError) throw error;
  const fail = failing(archive, entry);
  if (systemCodeOf(error) === 'ERR_BUFFER_TOO_LARGE') fail(`holds more than its ${entry.size} bytes`);
  return fail(`cannot be inflated: ${messageOf(error)}`, error);
}

function inflateInPool(raw: InputType, options: ZlibOptions): Promise<Inflated> {
  const { promise, resolve, reject } = Promise.withResolvers<Inflated>();
  inflateRaw(raw, options, (error, result) => {
    if (error === null) resolve(result as unknown as Inflated);
    else reject(error);
  });
  return promise;
}
