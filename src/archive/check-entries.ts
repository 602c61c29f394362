import { createHash } from 'node:crypto';
import { HoldfastError } from '../core/errors.ts';
import type { ArchiveEntry, ArchiveReader, EntrySum } from './archive.ts';
import { encodeLinkTarget } from './entry-name.ts';
import { MANIFEST_NAME, SUMS_NAME, storageDirectory, storageIndexName } from './layout.ts';
import { quoteName } from './quote-name.ts';
import type { IndexItem } from './storage-index.ts';
import { decodeIndex } from './storage-index.ts';

/** Looks at a file entry while it is checked. It may read `content`, a part of it, or nothing. */
export type EntryVisitor = (entry: ArchiveEntry, content: AsyncIterable<Buffer>) => Promise<void>;

/**
 * Reads the entries of an archive once, in order, and checks them: local header, size and CRC, their SHA-256 against
 * SHA256SUMS, which must list exactly the files, and what lies below a storage against the storage's index.
 * @param visit called for each file that SHA256SUMS lists and that is wanted, with the bytes that are being checked
 * @param wanted which entries are read, besides SHA256SUMS; left out, all. The names, types and sizes of the others are
 *   held against SHA256SUMS and index all the same; but a storage whose index is not wanted is left out altogether.
 * @throws HoldfastError `damaged`, or what `visit` throws
 */
export async function checkEntries(
  archive: ArchiveReader,
  visit: EntryVisitor,
  wanted: (entry: ArchiveEntry) => boolean = () => true,
): Promise<void> {
  const fail = (what: string): never => {
    throw new HoldfastError('damaged', `${archive.name} is damaged: ${what}.`);
  };
  archive.expect(archive.entries.filter((entry) => entry.name === SUMS_NAME || wanted(entry)));
  const sums = archive.sums();
  const indexes = new Map<string, AsyncGenerator<IndexItem, void, void>>();
  try {
    for (const { name } of archive.manifest.storages) {
      const index = archive.entry(storageIndexName(name))!;
      if (wanted(index)) indexes.set(storageDirectory(name), readIndex(archive, name));
    }
    for (const entry of archive.entries) {
      if (entry.name === SUMS_NAME || entry.name === MANIFEST_NAME) continue;
      const sum = entry.type === 'file' ? await nextSum(entry, sums, fail) : null;
      const isWanted = wanted(entry);
      const content = isWanted ? await readEntry(archive, entry, sum, visit, fail) : sum;
      // The directory of a storage itself is not in its index.
      const directory = entry.name.split('/', 2).join('/');
      const index = directory === entry.name ? undefined : indexes.get(directory);
      if (index !== undefined) checkItem(entry, content, (await index.next()).value ?? null, fail);
    }
    const rest = await sums.next();
    if (rest.done !== true) fail(`${SUMS_NAME} lists ${quoteName(rest.value.name)}, which it does not hold`);
    for (const [directory, index] of indexes) {
      if ((await index.next()).done !== true) fail(`${directory}.jsonl lists more than ${directory} holds`);
    }
  } finally {
    await sums.return();
    for (const index of indexes.values()) await index.return();
  }
}

/** The items of a storage's index, in the order of the storage's entries. */
export function readIndex(archive: ArchiveReader, storage: string): AsyncGenerator<IndexItem, void, void> {
  return decodeIndex(archive.read(archive.entry(storageIndexName(storage))!), storage);
}

/** The SHA-256 that SHA256SUMS, which has the files in the order of the zip, tells of a file. */
async function nextSum(
  entry: ArchiveEntry,
  sums: AsyncIterator<EntrySum, void, void>,
  fail: (what: string) => never,
): Promise<string> {
  const sum = await sums.next();
  if (sum.done === true || sum.value.name !== entry.name) {
    return fail(`${SUMS_NAME} does not list ${quoteName(entry.name)} where it stands in the zip`);
  }
  return sum.value.sha256;
}

/** Reads an entry; returns a file's SHA-256, or a symlink's target as its entry has it. */
async function readEntry(
  archive: ArchiveReader,
  entry: ArchiveEntry,
  sum: string | null,
  visit: EntryVisitor,
  fail: (what: string) => never,
): Promise<string> {
  if (sum === null) return Buffer.concat(await Array.fromAsync(archive.read(entry))).toString();
  const hash = createHash('sha256');
  const hashed = async function* (): AsyncGenerator<Buffer, void, void> {
    for await (const chunk of archive.read(entry)) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const content = hashed();
  try {
    // Without a `return`: whoever leaves it half-read does not end it.
    await visit(entry, { [Symbol.asyncIterator]: () => ({ next: () => content.next() }) });
    for await (const _ of content);
  } finally {
    await content.return();
  }
  const sha256 = hash.digest('hex');
  if (sha256 !== sum) fail(`the SHA-256 of ${quoteName(entry.name)} is not the one in ${SUMS_NAME}`);
  return sha256;
}

/**
 * Checks an entry of a storage against its line of the index.
 * @param content as `readEntry`, or null where it has not been read and nothing else tells it
 */
function checkItem(
  entry: ArchiveEntry,
  content: string | null,
  item: IndexItem | null,
  fail: (what: string) => never,
): void {
  const isSame =
    item !== null &&
    item.entry === entry.name &&
    item.type === entry.type &&
    (item.content === undefined || (item.content.size === entry.size && item.content.sha256 === content)) &&
    (item.target === undefined || content === null || encodeLinkTarget(item.target) === content);
  if (!isSame) fail(`its storage's index does not have ${quoteName(entry.name)} as it is`);
}
