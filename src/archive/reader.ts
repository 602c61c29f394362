import { Readable } from 'node:stream';
import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError } from '../core/errors.ts';
import type { ArchiveEntry, ArchiveReader, EntrySum, HeldEntries } from './archive.ts';
import { decodeSums } from './checksums.ts';
import type { DirectoryEntry } from './directory-entry.ts';
import { digestContent, readContent } from './entry-content.ts';
import type { EntryTable } from './entry-table.ts';
import { checkExpectedEntries } from './expected-entries.ts';
import { holdEntries, readWhole } from './held-entries.ts';
import { MANIFEST_NAME, SUMS_NAME } from './layout.ts';
import { manifestLimits } from './manifest-limits.ts';
import { parseManifest } from './manifest-reader.ts';
import type { Manifest } from './manifest.ts';
import { windowed } from './windowed-source.ts';
import { readDirectory } from './zip-directory.ts';

/** An entry that has, or takes in the zip, more bytes than this is not held in memory. */
const HELD_BYTES = 8 << 20;

/**
 * Opens the archive in `source`, which stays its owner's and must stay open while the archive is read. Checks the
 * structure of the zip, the manifest, and that the entries are those of the manifest; `checkEntries` checks the rest.
 * @throws HoldfastError `damaged`; `failed` for an archive of a newer format; or what `source` throws
 */
export async function openArchive(source: ByteSource): Promise<ArchiveReader> {
  const entries = await readDirectory(source);
  const last = entries.at(-1);
  if (last?.name !== MANIFEST_NAME || last.type !== 'file') {
    throw new HoldfastError('damaged', `${source.name} is a zip, but not a Holdfast archive.`, {
      hint: `The last entry of an archive is ${MANIFEST_NAME}.`,
    });
  }
  const limits = manifestLimits(entries.length);
  if (last.size > limits.bytes) {
    throw new HoldfastError(
      'damaged',
      `${MANIFEST_NAME} of ${source.name} is above the limit of ${limits.bytes} bytes.`,
    );
  }
  const manifest = parseManifest(await readWhole(source, last), limits);
  if (entries.at(-2)?.name !== SUMS_NAME) {
    throw new HoldfastError(
      'damaged',
      `${source.name} is damaged: ${SUMS_NAME} is not its last entry but one.`,
    );
  }
  checkExpectedEntries(source.name, manifest, entries);
  return new ZipArchiveReader(source, manifest, entries);
}

class ZipArchiveReader implements ArchiveReader {
  readonly name: string;
  readonly manifest: Manifest;
  readonly entries: EntryTable;
  readonly #source: ByteSource;

  constructor(source: ByteSource, manifest: Manifest, entries: EntryTable) {
    this.name = source.name;
    this.manifest = manifest;
    this.entries = entries;
    this.#source = windowed(source);
  }

  entry(name: string): ArchiveEntry | undefined {
    return this.entries.find(name);
  }

  expect(entries: Iterable<ArchiveEntry>): void {
    for (const entry of entries) {
      const { offset, end } = this.#listed(entry);
      this.#source.expect?.(offset, end);
    }
  }

  open(entry: ArchiveEntry): Readable {
    return Readable.from(this.read(entry), { objectMode: false });
  }

  read(entry: ArchiveEntry): AsyncGenerator<Buffer, void, void> {
    return readContent(this.#source, this.#listed(entry));
  }

  canHold({ size, compressedSize }: ArchiveEntry): boolean {
    return size <= HELD_BYTES && compressedSize <= HELD_BYTES;
  }

  readWhole(entry: ArchiveEntry): Promise<Buffer> | null {
    return this.canHold(entry) ? readWhole(this.#source, this.#listed(entry)) : null;
  }

  hold(entries: readonly ArchiveEntry[]): Promise<HeldEntries> {
    return holdEntries(
      this.#source,
      entries.map((entry) => this.#listed(entry)),
    );
  }

  digest(entry: ArchiveEntry, signal?: AbortSignal): Promise<string> {
    return digestContent(this.#source, this.#listed(entry), signal);
  }

  sums(): AsyncGenerator<EntrySum, void, void> {
    return decodeSums(this.read(this.entry(SUMS_NAME)!), this.manifest.sums);
  }

  /** The entries that this object gives away have all that it needs. */
  #listed(entry: ArchiveEntry): DirectoryEntry {
    return entry as DirectoryEntry;
  }
}
