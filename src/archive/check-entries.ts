import type { ArchiveEntry, ArchiveReader } from './archive.ts';
import { EntryCheck, type EntryVisitor, type PartsToCheck, type ReadRun } from './entry-check.ts';
import { CheckThreads } from './check-threads.ts';
import { type EntryRun, entryRuns } from './entry-runs.ts';
import { SUMS_NAME, storageDirectory, storageIndexName } from './layout.ts';
import type { IndexItem } from './storage-index.ts';
import { decodeIndex } from './storage-index.ts';

const NO_PARTS: PartsToCheck = { find: () => undefined, rowMarks: null };

/** How many runs of entries are read and checked side by side: some are read while the threads check others. */
const SIDE_BY_SIDE = 8;

/** And how many bytes of them, as they are in the zip and uncompressed, are held at most. */
const HELD_BYTES = 24 << 20;

/** Entries that are being checked. */
interface UnderWay {
  readonly run: EntryRun;
  readonly read: Promise<ReadRun>;
}

/**
 * Reads the entries of an archive once and checks them: local header, size and CRC, their SHA-256 against
 * SHA256SUMS, which must list exactly the files, and what lies below a storage against the storage's index. Some are read side by
 * side; what is thrown is the failure of the first one, in the order of the archive, that fails.
 * @param visit called for each file that SHA256SUMS lists and that is wanted, with the bytes that are being checked
 * @param wanted which entries are read, besides SHA256SUMS; left out, all. The names, types and sizes of the others are
 *   held against SHA256SUMS and index all the same; but a storage whose index is not wanted is left out altogether.
 * @param signal ends the reading of an entry too large to be held
 * @param parts their rows are checked before they are visited, and too large ones are used up then
 * @throws HoldfastError `damaged`, or what `visit` or `wanted` throws
 */
export async function checkEntries(
  archive: ArchiveReader,
  visit: EntryVisitor,
  wanted: (entry: ArchiveEntry) => boolean = () => true,
  signal?: AbortSignal,
  parts = NO_PARTS,
): Promise<void> {
  await using threads = new CheckThreads(bytesOf(archive, wanted, parts));
  const check = new EntryCheck(archive, visit, signal, parts, threads);
  archive.expect(wantedEntries(archive, wanted));
  const indexes = new Map<string, AsyncGenerator<IndexItem, void, void>>();
  const queue: UnderWay[] = [];
  let held = 0;
  const endFirst = async (): Promise<void> => {
    const { run, read } = queue.shift() as UnderWay;
    const { contents, failure } = await read;
    held -= run.bytes;
    for (const [place, content] of contents.entries()) {
      const entry = run.entries[place]!;
      // The directory of a storage itself is not in its index.
      const directory = entry.name.split('/', 2).join('/');
      const index = directory === entry.name ? undefined : indexes.get(directory);
      if (index !== undefined) check.item(entry, content, (await index.next()).value ?? null);
    }
    if (failure !== null) throw failure.error;
  };
  try {
    for (const { name } of archive.manifest.storages) {
      const index = archive.entry(storageIndexName(name))!;
      if (wanted(index)) indexes.set(storageDirectory(name), readIndex(archive, name));
    }
    for (const run of entryRuns(archive, wanted, (entry) => parts.find(entry)?.bytes ?? 0)) {
      while (queue.length >= SIDE_BY_SIDE || (queue.length > 0 && held + run.bytes > HELD_BYTES))
        await endFirst();
      held += run.bytes;
      queue.push({ run, read: check.read(run) });
    }
    while (queue.length > 0) await endFirst();
    await check.finish();
    for (const [directory, index] of indexes) {
      if ((await index.next()).done !== true)
        check.fail(`${directory}.jsonl lists more than ${directory} holds`);
    }
  } finally {
    await Promise.all(queue.map(({ read }) => read));
    await check.close();
    for (const index of indexes.values()) await index.return();
  }
}

/** How many bytes are read and unpacked. */
function bytesOf(
  archive: ArchiveReader,
  wanted: (entry: ArchiveEntry) => boolean,
  parts: PartsToCheck,
): number {
  let bytes = 0;
  for (const entry of archive.entries)
    if (wanted(entry)) bytes += entry.size + (parts.find(entry)?.bytes ?? 0);
  return bytes;
}

function* wantedEntries(
  { entries }: ArchiveReader,
  wanted: (entry: ArchiveEntry) => boolean,
): Generator<ArchiveEntry, void, void> {
  for (const entry of entries) if (entry.name === SUMS_NAME || wanted(entry)) yield entry;
}

/** The items of a storage's index, in the order of the storage's entries. */
export function readIndex(archive: ArchiveReader, storage: string): AsyncGenerator<IndexItem, void, void> {
  return decodeIndex(archive.read(archive.entry(storageIndexName(storage))!), storage);
}
