import { EntryContentError, type ArchiveWriter } from '../archive/archive.ts';
import { TableNamer } from '../archive/entry-namer.ts';
import { loadStatementName, partName, POST_DATA_NAME, PRE_DATA_NAME } from '../archive/layout.ts';
import type { ManifestDatabase, ManifestPart, ManifestTable } from '../archive/manifest.ts';
import { packPart, PART_BYTES, type PackedPart } from '../archive/pack-part.ts';
import { encodeScript } from '../archive/sql-script.ts';
import { bytesOf } from '../core/byte-text.ts';
import type { Reporter } from '../core/reporter.ts';
import { sideBySide } from '../core/side-by-side.ts';
import type { DatabaseSource, SourcePart, SourceTable } from '../database/engine.ts';
import { manifestSelection } from './selection-report.ts';

export interface DatabaseBackupOptions {
  readonly source: DatabaseSource;
  /** The patterns of `--table`. */
  readonly patterns: readonly string[];
  /** Those of `--exclude-table`. */
  readonly excluded: readonly string[];
  readonly partSuffix: string;
  readonly writer: ArchiveWriter;
  /** How many tables are read at a time. */
  readonly jobs: number;
  readonly reporter: Reporter;
}

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

async function backupTables({
  source,
  partSuffix,
  writer,
  jobs,
  reporter,
}: DatabaseBackupOptions): Promise<ManifestTable[]> {
  const namer = new TableNamer();
  const results = source.tables.map((table) => ({
    table,
    directory: namer.name(table.schema, table.name),
    parts: [] as ManifestPart[],
  }));
  // The largest tables first, so that none is left to run alone at the end.
  const queue = results
    .filter(({ table }) => table.withRows)
    .toSorted((a, b) => b.table.estimatedBytes - a.table.estimatedBytes);
  await sideBySide(queue, jobs, async ({ table, directory, parts }, hasFailed) => {
    reporter.detail(`rows of ${table.schema}.${table.name}`);
    const entries = new TableEntries(writer, table, directory, partSuffix, parts);
    for await (const part of source.parts(table, PART_BYTES)) {
      await entries.add(part, reporter);
      if (hasFailed()) return;
    }
    await entries.settled();
  });
  return results.map(({ table, directory, parts }) => ({
    schema: table.schema,
    name: table.name,
    directory,
    columns: table.columns,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    withRows: table.withRows,
    ...(table.object !== undefined && { object: table.object }),
    parts,
  }));
}

async function* toAsync<Item>(items: Iterable<Item>): AsyncGenerator<Item, void, void> {
  yield* items;
}

/** Writes one table's parts. While one is being written the next one is read and compressed: never more than that. */
class TableEntries {
  readonly #writer: ArchiveWriter;
  readonly #table: SourceTable;
  readonly #directory: string;
  readonly #partSuffix: string;
  readonly #parts: ManifestPart[];
  #count = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    writer: ArchiveWriter,
    table: SourceTable,
    directory: string,
    partSuffix: string,
    parts: ManifestPart[],
  ) {
    this.#writer = writer;
    this.#table = table;
    this.#directory = directory;
    this.#partSuffix = partSuffix;
    this.#parts = parts;
  }

  async add(part: SourcePart, reporter: Reporter): Promise<void> {
    const packed = await packPart(part.chunks);
    await this.#writing;
    this.#count += 1;
    this.#writing = this.#write(this.#count, packed, part, reporter);
    // Its failure is met at the next `add` or in `settled`.
    this.#writing.catch(() => {});
    // A part too large to hold is still being read: the next one must wait for it.
    if (!Buffer.isBuffer(packed.content)) await this.#writing;
  }

  settled(): Promise<void> {
    return this.#writing;
  }

  async #write(number: number, packed: PackedPart, part: SourcePart, reporter: Reporter): Promise<void> {
    const { loadStatement } = this.#table;
    if (number === 1 && loadStatement !== null) {
      await this.#writer.add(loadStatementName(this.#directory), bytesOf(`${loadStatement}\n`), {
        method: 'store',
      });
    }
    const entry = partName(this.#directory, number, this.#partSuffix);
    try {
      await this.#writer.add(entry, packed.content, { method: 'store' });
    } catch (error) {
      // Rows that cannot be read fail the backup with their own error: half a table is no backup.
      throw error instanceof EntryContentError ? error.cause : error;
    }
    const { bytes, sha256 } = await packed.text;
    this.#parts.push({ entry, rows: part.rows(), bytes, sha256 });
    reporter.progress(bytes, `${this.#table.schema}.${this.#table.name}`);
  }
}
