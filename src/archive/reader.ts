import { Readable } from 'node:stream';
import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError } from '../core/errors.ts';
import type { ArchiveEntry, ArchiveReader, EntrySum } from './archive.ts';
import { decodeSums } from './checksums.ts';
import { readContent } from './entry-content.ts';
import { checkExpectedEntries } from './expected-entries.ts';
import { MANIFEST_NAME, SUMS_NAME } from './layout.ts';
import { manifestLimits } from './manifest-limits.ts';
import { parseManifest } from './manifest-reader.ts';
import type { Manifest } from './manifest.ts';
import type { DirectoryEntry } from './zip-directory.ts';
import { windowed } from './windowed-source.ts';
import { readDirectory } from './zip-directory.ts';

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
  const manifest = parseManifest(await readWhole(readContent(source, last), last.size), limits);
  if (entries.at(-2)?.name !== SUMS_NAME) {
    throw new HoldfastError(
      'damaged',
      `${source.name} is damaged: ${SUMS_NAME} is not its last entry but one.`,
    );
  }
  checkExpectedEntries(source.name, manifest, entries);
  return new ZipArchiveReader(source, manifest, entries);
}

/** The content of an entry, which has `size` bytes and no more. */
async function readWhole(content: AsyncIterable<Buffer>, size: number): Promise<Buffer> {
  const whole = Buffer.alloc(size);
  let length = 0;
  for await (const chunk of content) length += chunk.copy(whole, length);
  return whole;
}

class ZipArchiveReader implements ArchiveReader {
  readonly name: string;
  readonly manifest: Manifest;
  readonly entries: readonly ArchiveEntry[];
  readonly #source: ByteSource;
  readonly #byName: ReadonlyMap<string, DirectoryEntry>;

  constructor(source: ByteSource, manifest: Manifest, entries: readonly DirectoryEntry[]) {
    this.name = source.name;
    this.manifest = manifest;
    this.entries = entries;
    this.#source = windowed(source);
    this.#byName = new Map(entries.map((entry) => [entry.name, entry]));
  }

  entry(name: string): ArchiveEntry | undefined {
    return this.#byName.get(name);
  }

  expect(entries: Iterable<ArchiveEntry>): void {
    for (const { name } of entries) {
      const { offset, end } = this.#byName.get(name)!;
      this.#source.expect?.(offset, end);
    }
  }

  open(entry: ArchiveEntry): Readable {
    return Readable.from(this.read(entry), { objectMode: false });
  }

  read({ name }: ArchiveEntry): AsyncGenerator<Buffer, void, void> {
    return readContent(this.#source, this.#byName.get(name)!);
  }

  sums(): AsyncGenerator<EntrySum, void, void> {
    return decodeSums(this.read(this.#byName.get(SUMS_NAME)!), this.manifest.sums);
  }
}
