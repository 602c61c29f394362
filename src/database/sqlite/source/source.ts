import { open, realpath, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { formatBytes, formatCount } from '../../../core/format.ts';
import { printable } from '../../../core/printable.ts';
import {
  describeSelection,
  isRelation,
  type SelectionReport,
  selectObjects,
} from '../../../core/selection.ts';
import type { DatabaseSource, SourceOptions, SourcePart, SourceTable } from '../../engine.ts';
import { checkIntegrity, countRows, findViolations } from '../file/check.ts';
import { openFile, valueOf, whenFree } from '../file/connection.ts';
import { explain } from '../file/errors.ts';
import { isWalFile, setWal } from '../file/header.ts';
import { archivedFacts, type SqliteFacts } from '../facts.ts';
import { nameOfDatabase, parseLocation } from '../file/location.ts';
import { OwnFile } from '../file/own-file.ts';
import {
  FILE_OBJECT,
  isVirtual,
  readObjects,
  SCHEMA,
  type SchemaObject,
  statementsOf,
} from '../schema/objects.ts';
import { thin } from '../schema/thin.ts';
import { compareFiles } from './compare.ts';
import { copyDatabase } from './copy.ts';
import { openForReading, sizeOfDatabase } from './open-database.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

/** How long a writer may keep us waiting, in milliseconds. */
const PATIENCE = 60_000;
const CHUNK_BYTES = 256 << 10;

/** A copy of a database as it is at one moment, without what is not wanted. */
export async function openSource(options: SourceOptions): Promise<DatabaseSource> {
  const { reporter, signal } = options;
  const path = parseLocation(options.url);
  const bytes = await sizeOfDatabase(path);
  const folder = await makeTemporaryFolder(bytes, reporter);
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'copy.sqlite');
    reporter.detail(`Copying ${printable(path)}, ${formatBytes(bytes)}, to ${printable(copy)}`);
    await takeCopy(path, copy, options);
    const isWal = await isWalFile(copy);
    if (isWal) await setWal(copy, false);
    const chosen = await narrow(copy, options);
    signal.throwIfAborted();
    const facts = await examine(copy, path, isWal, chosen.emptied, options);
    if (isWal) await setWal(copy, true);
    const table: SourceTable = {
      schema: SCHEMA,
      name: 'database',
      columns: [],
      estimatedBytes: facts.bytes,
      withRows: true,
      object: FILE_OBJECT,
      loadStatement: null,
    };
    return {
      facts,
      preData: statementsOf(chosen.objects),
      postData: [],
      tables: [table],
      selection: chosen.report,
      slices: async (table) => [table],
      parts: (_, partBytes) => readParts(copy, partBytes, signal),
      compareContents: (archived) => compareFiles({ archived, copy, folder, reporter, signal }),
      close,
    };
  } catch (error) {
    await close();
    throw explain(error, path, dirname(folder));
  }
}

async function takeCopy(
  path: string,
  copy: string,
  { lockTimeout, reporter, signal }: SourceOptions,
): Promise<void> {
  const patience = lockTimeout ?? PATIENCE;
  const real = await realpath(path);
  const hadLog = existsSync(`${real}-wal`);
  const db = await openForReading(path, patience, signal);
  let isWal: boolean | undefined;
  try {
    isWal = valueOf(db, 'PRAGMA journal_mode') === 'wal';
    const pageSize = Number(valueOf(db, 'PRAGMA page_size'));
    if (isWal) {
      // Readers of a log hinder nobody; all of the copy is of this moment then.
      const begin = (): void => {
        db.exec('BEGIN');
        valueOf(db, 'SELECT count(*) FROM sqlite_schema');
      };
      await whenFree(begin, { path, milliseconds: patience, signal });
    }
    await copyDatabase(db, copy, { path, pageSize, patience, reporter, signal });
  } finally {
    db.close();
    if (isWal === true && !hadLog) tidy(path);
  }
}

/** Who only reads cannot remove the empty log that is made for him; where nobody else has it open, it goes as it came. */
function tidy(path: string): void {
  try {
    const db = openFile(path, { readOnly: false });
    valueOf(db, 'SELECT count(*) FROM sqlite_schema');
    db.close();
  } catch {
    // It hinders nobody.
  }
}

interface Chosen {
  readonly objects: readonly SchemaObject[];
  /** Tables that are there without their rows. */
  readonly emptied: readonly string[];
  readonly report: SelectionReport | null;
}

/** Takes out of the copy what is not wanted. */
async function narrow(copy: string, options: SourceOptions): Promise<Chosen> {
  const { selectTable, excludeTable, comparedWith, reporter } = options;
  const leftOut = comparedWith === undefined ? [] : archivedFacts(comparedWith).withoutRows;
  for (const name of leftOut)
    reporter.warning(`The archive holds no rows of ${printable(name)}: they are not compared.`);
  const isBare = ({ name }: SchemaObject): boolean =>
    options.excludeRows(SCHEMA, name) || leftOut.includes(name);
  const objects = withDatabase(copy, readObjects);
  const all = [...objects.values()];
  const isTable = ({ kind, table }: SchemaObject): boolean => isRelation(kind) && table === null;
  for (const object of all) {
    if (isTable(object) && excludeTable(SCHEMA, object.name)) objects.delete(object.id);
  }
  // What belongs to nothing that is left goes as well.
  for (const object of all) if (object.partOf.some((whole) => !objects.has(whole))) objects.delete(object.id);
  let report: SelectionReport | null = null;
  if (selectTable !== undefined) {
    const roots = [...objects.values()].filter(
      (object) => isTable(object) && selectTable(SCHEMA, object.name),
    );
    const selection = selectObjects(objects, new Set(roots.map(({ id }) => id)));
    report = describeSelection(objects, selection);
    for (const id of objects.keys()) if (id !== FILE_OBJECT && !selection.chosen.has(id)) objects.delete(id);
    if (roots.length === 0) return { objects: [], emptied: [], report };
  }
  const tables = [...objects.values()].filter(({ kind }) => kind === 'TABLE');
  const bare = new Set(tables.filter(isBare).map(({ id }) => id));
  const hasRows = (id: number): boolean => objects.has(id) && !bare.has(id);
  // A full-text index has the words of the table that it is over.
  const emptied = tables.filter(
    (table) => bare.has(table.id) || (isVirtual(table) && ![...table.needs].every(hasRows)),
  );
  await thin(copy, { dropped: all.filter(({ id }) => !objects.has(id)), emptied }, options.signal);
  return { objects: [...objects.values()], emptied: emptied.map(({ name }) => name), report };
}

/** What there is to say of the copy, once it was found sound. */
async function examine(
  copy: string,
  path: string,
  isWal: boolean,
  withoutRows: readonly string[],
  { reporter, signal }: SourceOptions,
): Promise<SqliteFacts> {
  const { size } = await stat(copy);
  await using file = new OwnFile(copy, { readOnly: true, signal });
  reporter.progress(0, 'checking its integrity');
  const notes = await checkIntegrity(file, path);
  for (const note of notes) reporter.warning(note);
  reporter.progress(0, 'checking its foreign keys');
  const violations = (await findViolations(file)) ?? [];
  for (const { table, parent, rows } of violations) {
    reporter.warning(
      `Foreign key without a match: of ${formatCount(rows, 'row')} of ${printable(table)} to ${printable(parent)}`,
    );
  }
  reporter.progress(0, 'counting its rows');
  const contents = await countRows(file);
  const { encoding, pageSize } = withDatabase(copy, (db) => ({
    encoding: String(valueOf(db, 'PRAGMA encoding')),
    pageSize: Number(valueOf(db, 'PRAGMA page_size')),
  }));
  return {
    engine: 'sqlite',
    version: process.versions['sqlite'] ?? '',
    database: nameOfDatabase(path),
    encoding,
    snapshot: null,
    bytes: size,
    pageSize,
    isWal,
    contents,
    violations,
    withoutRows,
  };
}

function withDatabase<Result>(file: string, work: (db: DatabaseSync) => Result): Result {
  const db = openFile(file, { readOnly: true });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

async function* readParts(
  copy: string,
  partBytes: number,
  signal: AbortSignal,
): AsyncGenerator<SourcePart, void, void> {
  await using file = await open(copy, 'r');
  const { size } = await file.stat();
  for (let start = 0; start < size; start += partBytes) {
    const end = Math.min(size, start + partBytes);
    yield {
      rows: () => 0,
      chunks: (async function* () {
        for (let position = start; position < end;) {
          signal.throwIfAborted();
          const length = Math.min(CHUNK_BYTES, end - position);
          const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
          if (bytesRead === 0) throw new Error(`${copy} has lost bytes while it was read`);
          position += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      })(),
    };
  }
}
