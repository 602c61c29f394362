import { EntryContentError, type ArchiveWriter } from '../archive/archive.ts';
import { TableNamer } from '../archive/entry-namer.ts';
import { loadStatementName, partName, POST_DATA_NAME, PRE_DATA_NAME } from '../archive/layout.ts';
import type { ManifestDatabase, ManifestPart, ManifestTable } from '../archive/manifest.ts';
import { packPart, PART_BYTES, type PackedPart } from '../archive/pack-part.ts';
import { PartBuffers } from '../archive/part-buffers.ts';
import { encodeScript } from '../archive/sql-script.ts';
import { ZstdLevel } from '../archive/zstd-frame.ts';
import { bytesOf } from '../core/byte-text.ts';
import type { Reporter } from '../core/reporter.ts';
import { sideBySide } from '../core/side-by-side.ts';
import type { DatabaseSource, SourcePart, SourceTable, TableSlice } from '../database/engine.ts';
import { manifestSelection } from './selection-report.ts';

export interface DatabaseBackupOptions {
  readonly source: DatabaseSource;
  /** The patterns of `--table`. */
  readonly patterns: readonly string[];
  /** Those of `--exclude-table`. */
  readonly excluded: readonly string[];
  readonly partSuffix: string;
  readonly writer: ArchiveWriter;
  /** How many slices of tables are read at a time. */
  readonly jobs: number;
  readonly reporter: Reporter;
}

/** How many parts' texts may be held at a time with few jobs, and with any number: 8 MiB each. */
const FEW_BUFFERS = 4;
const MOST_BUFFERS = 20;

/** Writes a snapshot's schema and rows into the archive and returns what the manifest says of them. */
export async function backupDatabase(options: DatabaseBackupOptions): Promise<ManifestDatabase> {
  const { source, patterns, excluded, partSuffix, writer, reporter } = options;
  await writer.add(PRE_DATA_NAME, toAsync(encodeScript(source.preData)), { method: 'deflate' });
  const withRows = source.tables.filter((table) => table.withRows);
  const estimate = withRows.reduce((sum, table) => sum + table.estimatedBytes, 0);
  reporter.phase('rows', 'Backing up rows', estimate);
  const tables = await backupTables(options);
  await writer.add(POST_DATA_NAME, toAsync(encodeScript(source.postData)), { method: 'deflate' });
  return {
    facts: source.facts,
    partSuffix,
    preDataStatements: source.preData.length,
    postDataStatements: source.postData.length,
    tables,
    selection: source.selection === null ? null : manifestSelection(patterns, source.selection),
    ...(excluded.length > 0 && { excludedTables: excluded }),
  };
}

async function backupTables(options: DatabaseBackupOptions): Promise<ManifestTable[]> {
  const { source, jobs, reporter } = options;
  const namer = new TableNamer();
  const results = source.tables.map((table) => ({
    table,
    entries: new TableEntries(options, table, namer.name(table.schema, table.name)),
    slices: [] as ManifestPart[][],
  }));
  const queue: QueuedSlice[] = [];
  for (const { table, entries, slices } of results) {
    if (!table.withRows) continue;
    for (const slice of await source.slices(table)) {
      const parts: ManifestPart[] = [];
      slices.push(parts);
      queue.push({ table, slice, entries, parts });
    }
  }
  // The largest slices first, so that none is left to run alone at the end.
  queue.sort((a, b) => b.slice.estimatedBytes - a.slice.estimatedBytes);
  const buffers = new PartBuffers(buffersFor(jobs));
  await sideBySide(queue, jobs, async ({ table, slice, entries, parts }, hasFailed) => {
    reporter.detail(`rows of ${table.schema}.${table.name}`);
    const writing = new SliceEntries(entries, parts);
    const level = new ZstdLevel();
    for await (const part of source.parts(table, PART_BYTES, slice)) {
      await writing.add(part, await packPart(part, buffers, level));
      if (hasFailed()) return;
    }
    await writing.settled();
  });
  return results.map(({ table, entries, slices }) => {
    const parts = slices.flat();
    return {
      schema: table.schema,
      name: table.name,
      directory: entries.directory,
      columns: table.columns,
      rows: parts.reduce((sum, part) => sum + part.rows, 0),
      bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
      withRows: table.withRows,
      ...(table.object !== undefined && { object: table.object }),
      parts,
    };
  });
}

interface QueuedSlice {
  readonly table: SourceTable;
  readonly slice: TableSlice;
  readonly entries: TableEntries;
  /** Filled while it is read. */
  readonly parts: ManifestPart[];
}

/** Each job reads one part, and some compress another: with many jobs they take turns, so that memory is bounded. */
function buffersFor(jobs: number): number {
  return Math.min(Math.max(jobs + 1, Math.min(2 * jobs, FEW_BUFFERS)), MOST_BUFFERS);
}

async function* toAsync<Item>(items: Iterable<Item>): AsyncGenerator<Item, void, void> {
  yield* items;
}

/** Writes the entries of one table, and numbers them in the order in which they are written. */
class TableEntries {
  readonly directory: string;
  readonly #options: DatabaseBackupOptions;
  readonly #table: SourceTable;
  #count = 0;

  constructor(options: DatabaseBackupOptions, table: SourceTable, directory: string) {
    this.#options = options;
    this.#table = table;
    this.directory = directory;
  }

  async write(part: SourcePart, packed: PackedPart): Promise<ManifestPart> {
    const { writer, partSuffix, reporter } = this.#options;
    const { schema, name, loadStatement } = this.#table;
    let entry: string;
    try {
      const content = await packed.content;
      this.#count += 1;
      entry = partName(this.directory, this.#count, partSuffix);
      if (this.#count === 1 && loadStatement !== null) {
        await writer.add(loadStatementName(this.directory), bytesOf(`${loadStatement}\n`), {
          method: 'store',
        });
      }
      await writer.add(entry, content, { method: 'store', isBorrowed: true });
    } catch (error) {
      // Rows that cannot be read fail the backup with their own error: half a table is no backup.
      throw error instanceof EntryContentError ? error.cause : error;
    } finally {
      packed.release();
    }
    const { bytes, sha256 } = await packed.text;
    reporter.progress(bytes, `${schema}.${name}`);
    return { entry, rows: part.rows(), bytes, sha256 };
  }
}

/**
 * Writes one slice's parts, in their order. While one is compressed and written the next one is read: never more than that.
 */
class SliceEntries {
  readonly #entries: TableEntries;
  readonly #parts: ManifestPart[];
  #writing: Promise<void> = Promise.resolve();

  constructor(entries: TableEntries, parts: ManifestPart[]) {
    this.#entries = entries;
    this.#parts = parts;
  }

  async add(part: SourcePart, packed: PackedPart): Promise<void> {
    try {
      await this.#writing;
    } catch (error) {
      packed.release();
      throw error;
    }
    this.#writing = this.#entries.write(part, packed).then((written) => void this.#parts.push(written));
    // Its failure is met at the next `add` or in `settled`.
    this.#writing.catch(() => {});
    // A part too large to hold is still being read: the next one must wait for it.
    if (!(packed.content instanceof Promise)) await this.#writing;
  }

  settled(): Promise<void> {
    return this.#writing;
  }
}
