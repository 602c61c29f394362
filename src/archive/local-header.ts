import type { DirectoryEntry } from './directory-entry.ts';
import { DESCRIPTOR_FLAG } from './directory-entry.ts';

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const DESCRIPTOR_SIGNATURE = 0x08074b50;

/** Throws an error that says what is wrong with the entry, as a clause that follows its name. */
export type FailEntry = (what: string, cause?: unknown) => never;

/** How many bytes the local header of an entry has, if it agrees with the directory. */
export function localHeaderBytes({ zipName }: DirectoryEntry): number {
  return LOCAL_HEADER_BYTES + Buffer.byteLength(zipName);
}

/**
 * Checks a local header against the directory.
 * @param header as many bytes as `localHeaderBytes`, or fewer where the zip ends
 */
export function checkLocalHeader(header: Buffer, entry: DirectoryEntry, fail: FailEntry): void {
  const name = Buffer.from(entry.zipName);
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
  const isKnown = !hasDescriptor(entry);
  if (
    header.readUInt32LE(14) !== (isKnown ? entry.crc32 : 0) ||
    header.readUInt32LE(18) !== (isKnown ? entry.compressedSize : 0) ||
    header.readUInt32LE(22) !== (isKnown ? entry.size : 0)
  ) {
    fail('has a header whose sizes or CRC-32 do not agree with the directory');
  }
}

/**
 * Checks that nothing but the data descriptor, if there is one, lies between an entry's data and the next entry.
 * @param gap the bytes that do
 */
export function checkDescriptor(gap: Buffer, entry: DirectoryEntry, fail: FailEntry): void {
  if (!hasDescriptor(entry)) {
    if (gap.length !== 0) fail('is followed by bytes that belong to none');
    return;
  }
  if (![12, 16, 20, 24].includes(gap.length)) return fail('has no sound data descriptor');
  const facts = gap.length % 8 === 0 ? gap.subarray(4) : gap;
  const signature = gap.length % 8 === 0 ? gap.readUInt32LE(0) : DESCRIPTOR_SIGNATURE;
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

function hasDescriptor({ flags }: DirectoryEntry): boolean {
  return (flags & DESCRIPTOR_FLAG) !== 0;
}
