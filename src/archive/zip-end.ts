import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError } from '../core/errors.ts';

/** Where a zip's central directory lies, from the records at its very end (APPNOTE 4.3.14 to 4.3.16). */
export interface ZipEnd {
  readonly entries: number;
  readonly directoryOffset: number;
  /** In bytes. */
  readonly directorySize: number;
}

const LOCAL_SIGNATURE = 0x04034b50;
const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
/** What stands for "look in the zip64 record". */
const MARK16 = 0xffff;
const MARK32 = 0xffff_ffff;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const DIRECTORY_RECORD_BYTES = 46;

/** How many entries an archive may have: some hundred bytes of memory are held for each. */
export const ENTRY_LIMIT = 10_000_000;

/**
 * Reads the end records strictly: nothing after them, no comment, one disk, the directory just before them.
 * @throws HoldfastError `damaged`
 */
export async function readZipEnd(source: ByteSource): Promise<ZipEnd> {
  const beginning = await readBlock(source, 0, 4);
  const tail = await readBlock(source, Math.max(0, source.size - END_BYTES), END_BYTES);
  const begins = beginning.length === 4 && beginning.readUInt32LE(0) === LOCAL_SIGNATURE;
  if (tail.length < END_BYTES || tail.readUInt32LE(0) !== END_SIGNATURE || tail.readUInt16LE(20) !== 0) {
    const message = begins
      ? `${source.name} is damaged: its end is missing or something was appended to it.`
      : `${source.name} is not a zip archive.`;
    throw new HoldfastError('damaged', message);
  }
  const short = parseEnd(tail);
  const isZip64 =
    short?.entries === MARK16 || short?.directorySize === MARK32 || short?.directoryOffset === MARK32;
  const end = isZip64 ? await readZip64End(source) : short;
  const endOffset = source.size - END_BYTES - (isZip64 ? LOCATOR_BYTES + END64_BYTES : 0);
  if (
    short === null ||
    end === null ||
    !agrees(short, end) ||
    end.directoryOffset + end.directorySize !== endOffset ||
    end.entries * DIRECTORY_RECORD_BYTES > end.directorySize
  ) {
    throw new HoldfastError(
      'damaged',
      `${source.name} is damaged: its end does not tell where its directory is.`,
    );
  }
  if (end.entries > ENTRY_LIMIT) {
    throw new HoldfastError(
      'damaged',
      `${source.name} has ${end.entries} entries, more than the ${ENTRY_LIMIT} that an archive may have.`,
    );
  }
  return end;
}

function parseEnd(record: Buffer): ZipEnd | null {
  const isOneDisk = record.readUInt32LE(4) === 0 && record.readUInt16LE(8) === record.readUInt16LE(10);
  if (!isOneDisk) return null;
  return {
    entries: record.readUInt16LE(10),
    directorySize: record.readUInt32LE(12),
    directoryOffset: record.readUInt32LE(16),
  };
}

/** Whether the end record says what the zip64 record says, or nothing. */
function agrees(short: ZipEnd, end: ZipEnd): boolean {
  return (
    [MARK16, end.entries].includes(short.entries) &&
    [MARK32, end.directorySize].includes(short.directorySize) &&
    [MARK32, end.directoryOffset].includes(short.directoryOffset)
  );
}

async function readZip64End(source: ByteSource): Promise<ZipEnd | null> {
  const offset = source.size - END_BYTES - LOCATOR_BYTES - END64_BYTES;
  if (offset < 0) return null;
  const records = await readBlock(source, offset, END64_BYTES + LOCATOR_BYTES);
  const locator = records.subarray(END64_BYTES);
  const isSound =
    locator.length === LOCATOR_BYTES &&
    locator.readUInt32LE(0) === LOCATOR_SIGNATURE &&
    locator.readUInt32LE(4) === 0 &&
    locator.readBigUInt64LE(8) === BigInt(offset) &&
    locator.readUInt32LE(16) === 1 &&
    records.readUInt32LE(0) === END64_SIGNATURE &&
    records.readBigUInt64LE(4) === BigInt(END64_BYTES - 12) &&
    records.readBigUInt64LE(16) === 0n &&
    records.readBigUInt64LE(24) === records.readBigUInt64LE(32);
  // Beyond 2^53 a number is not exact, but far off the end of any source all the same.
  if (!isSound) return null;
  return {
    entries: Number(records.readBigUInt64LE(32)),
    directorySize: Number(records.readBigUInt64LE(40)),
    directoryOffset: Number(records.readBigUInt64LE(48)),
  };
}

/** `bytes` bytes of `source` from `position` on, or fewer where it ends. */
export async function readBlock(source: ByteSource, position: number, bytes: number): Promise<Buffer> {
  const block = Buffer.alloc(bytes);
  return block.subarray(0, await source.read(block, position));
}
