import type { ArchiveEntry, ArchiveReader } from './archive.ts';
import { MANIFEST_NAME, SUMS_NAME } from './layout.ts';

/** A run gets no further entry when it would have more bytes: so many are read and checked in about a millisecond. */
const RUN_BYTES = 1 << 20;

/** And when it has so many entries. */
const RUN_ENTRIES = 512;

/** Entries that follow each other in a zip and are read at one go: files that can be held, or one of any other kind. */
export interface EntryRun {
  readonly entries: readonly ArchiveEntry[];
  readonly isWanted: boolean;
  /** Whether `ArchiveReader.hold` takes the entries. */
  readonly isHeld: boolean;
  /** Bytes in memory, as they are in the zip and uncompressed; 0 for what is not read. */
  readonly bytes: number;
}

/**
 * Divides the entries of an archive, but SHA256SUMS and the manifest, into runs.
 * @param wanted which entries are read
 * @param rowBytes how many bytes of rows are in an entry
 */
export function* entryRuns(
  archive: ArchiveReader,
  wanted: (entry: ArchiveEntry) => boolean,
  rowBytes: (entry: ArchiveEntry) => number,
): Generator<EntryRun, void, void> {
  let entries: ArchiveEntry[] = [];
  let bytes = 0;
  let runBytes = 0;
  const end = function* (): Generator<EntryRun, void, void> {
    if (entries.length > 0) yield { entries, isWanted: true, isHeld: true, bytes };
    [entries, bytes, runBytes] = [[], 0, 0];
  };
  for (const entry of archive.entries) {
    if (entry.name === SUMS_NAME || entry.name === MANIFEST_NAME) continue;
    const isWanted = wanted(entry);
    const held = isWanted ? entry.compressedSize + entry.size : 0;
    if (!isWanted || entry.type !== 'file' || !archive.canHold(entry)) {
      yield* end();
      yield { entries: [entry], isWanted, isHeld: false, bytes: held };
      continue;
    }
    const more = held + rowBytes(entry);
    if (runBytes + more > RUN_BYTES || entries.length === RUN_ENTRIES) yield* end();
    entries.push(entry);
    bytes += held;
    runBytes += more;
  }
  yield* end();
}
