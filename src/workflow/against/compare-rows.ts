import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ArchiveReader } from '../../archive/archive.ts';
import type { ManifestPart, ManifestTable } from '../../archive/manifest.ts';
import { PART_BYTES } from '../../archive/pack-part.ts';
import { unpackPart } from '../../archive/unpack-part.ts';
import { formatCount } from '../../core/format.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { ContentDifference, DatabaseSource, SourceTable } from '../../database/engine.ts';
import { requireEntry } from '../entries.ts';
import { RowMultiset } from './row-multiset.ts';

export interface RowComparison {
  readonly archive: ArchiveReader;
  readonly source: DatabaseSource;
  /** As `Engine.rowMarks`. */
  readonly rowMarks: string | null;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * In what the rows of a table differ from the archived ones; null when they are the same. Parts are compared one by one, by
 * digest. Only where one differs are all rows of both sides read, to tell another order from other rows.
 */
export async function compareRows(
  archived: ManifestTable,
  live: SourceTable,
  comparison: RowComparison,
): Promise<string | null> {
  const { rows, firstDifferent } = await compareParts(archived, live, comparison);
  if (firstDifferent === null) return null;
  if (rows !== archived.rows) {
    return `the database has ${formatCount(rows, 'row')}, the archive ${formatCount(archived.rows, 'row')}`;
  }
  if (await haveSameRows([[archived, live]], comparison)) {
    comparison.reporter.detail(`${archived.schema}.${archived.name}: the same rows in another order`);
    return null;
  }
  const part = `part ${firstDifferent} of ${archived.parts.length}`;
  return `${formatCount(rows, 'row')} on both sides, but not the same; the first difference is in ${part}`;
}

/** Whether tables hold the archived rows of these tables, in whatever order and in whichever of them. */
export async function haveSameRows(
  tables: readonly (readonly [ManifestTable, SourceTable])[],
  comparison: RowComparison,
): Promise<boolean> {
  const { rowMarks } = comparison;
  const [inArchive, inDatabase] = [new RowMultiset(rowMarks), new RowMultiset(rowMarks)];
  for (const [archived, live] of tables) {
    for (const part of archived.parts) {
      const text = openPart(part, comparison);
      for await (const chunk of text) addTo(inArchive, chunk as Buffer, comparison.signal);
    }
    for await (const chunk of chunksOf(live, comparison)) addTo(inDatabase, chunk, comparison.signal);
  }
  return inArchive.equals(inDatabase);
}

/** The rows that the database has, and the number of the first part that is not as archived (null: none). */
async function compareParts(
  archived: ManifestTable,
  live: SourceTable,
  comparison: RowComparison,
): Promise<{ rows: number; firstDifferent: number | null }> {
  const expected = new PartDigests(archived.parts);
  let rows = 0;
  for await (const part of comparison.source.parts(live, PART_BYTES)) {
    for await (const chunk of part.chunks) {
      comparison.signal.throwIfAborted();
      expected.take(chunk);
      comparison.reporter.progress(chunk.length, `${archived.schema}.${archived.name}`);
    }
    rows += part.rows();
  }
  return { rows, firstDifferent: expected.end() };
}

/** Whether a file differs from the archived one; and if so, in the rows of which tables. */
export async function compareFile(
  archived: ManifestTable,
  live: SourceTable,
  comparison: RowComparison,
): Promise<readonly ContentDifference[]> {
  const { source } = comparison;
  const { firstDifferent } = await compareParts(archived, live, comparison);
  if (firstDifferent === null || source.compareContents === undefined) return [];
  return source.compareContents(archivedFile(archived, comparison));
}

async function* archivedFile(
  { parts }: ManifestTable,
  comparison: RowComparison,
): AsyncGenerator<Buffer, void, void> {
  for (const part of parts) yield* openPart(part, comparison) as AsyncIterable<Buffer>;
}

function openPart(part: ManifestPart, { archive, rowMarks }: RowComparison): Readable {
  return unpackPart(archive.open(requireEntry(archive, part.entry)), part, rowMarks);
}

async function* chunksOf(table: SourceTable, { source }: RowComparison): AsyncGenerator<Buffer, void, void> {
  for await (const part of source.parts(table, PART_BYTES)) yield* part.chunks;
}

function addTo(multiset: RowMultiset, chunk: Buffer, signal: AbortSignal): void {
  signal.throwIfAborted();
  multiset.add(chunk);
}

/** Cuts rows where the archive cut them, whatever sizes another version cuts, and compares each slice's digest. */
class PartDigests {
  readonly #parts: readonly ManifestPart[];
  #index = 0;
  #bytes = 0;
  #hash = createHash('sha256');
  #firstDifferent: number | null = null;

  constructor(parts: readonly ManifestPart[]) {
    this.#parts = parts;
  }

  take(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0 && this.#firstDifferent === null) {
      const part = this.#parts[this.#index];
      if (part === undefined) return this.#differ();
      const piece = rest.subarray(0, part.bytes - this.#bytes);
      this.#hash.update(piece);
      this.#bytes += piece.length;
      rest = rest.subarray(piece.length);
      if (this.#bytes === part.bytes) this.#finish(part);
    }
  }

  /** The number of the first part that differs, counted from 1; null when all came and none does. */
  end(): number | null {
    if (this.#index < this.#parts.length) this.#differ();
    return this.#firstDifferent;
  }

  #finish(part: ManifestPart): void {
    if (this.#hash.digest('hex') !== part.sha256) return this.#differ();
    this.#index += 1;
    this.#bytes = 0;
    this.#hash = createHash('sha256');
  }

  #differ(): void {
    this.#firstDifferent ??= Math.min(this.#index + 1, this.#parts.length);
  }
}
