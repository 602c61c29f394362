import { Readable } from 'node:stream';
import type { ArchiveEntry, ArchiveReader } from '../archive/archive.ts';
import { checkEntries } from '../archive/check-entries.ts';
import type { EntryVisitor } from '../archive/entry-check.ts';
import { POST_DATA_NAME, PRE_DATA_NAME } from '../archive/layout.ts';
import type { ManifestPart } from '../archive/manifest.ts';
import { decodeScript } from '../archive/sql-script.ts';
import { HoldfastError } from '../core/errors.ts';
import type { Reporter } from '../core/reporter.ts';
import { engineByName } from '../database/registry.ts';

/**
 * Reads an archive to its last byte: every CRC and SHA-256, every part's rows, every script's statements, and every
 * storage's index against its entries.
 * @param wanted which entries are read; left out, all
 * @param options `unpackRows`: false where the rows are loaded afterwards, which checks them before anything is committed: of their
 *   parts only the bytes in the archive are checked here
 * @throws HoldfastError `damaged` at the first thing that is wrong
 */
export async function checkArchive(
  archive: ArchiveReader,
  reporter: Reporter,
  signal: AbortSignal,
  wanted: (entry: ArchiveEntry) => boolean = () => true,
  { unpackRows = true } = {},
): Promise<void> {
  const { database } = archive.manifest;
  const rowMarks = database === null ? null : (await engineByName(database.facts.engine)).rowMarks;
  let totalBytes = 0;
  for (const entry of archive.entries) if (wanted(entry)) totalBytes += entry.compressedSize;
  reporter.phase('verify', 'Checking the archive', totalBytes);
  const parts = new Map<string, ManifestPart>();
  const tables = unpackRows ? (database?.tables ?? []) : [];
  for (const table of tables) for (const part of table.parts) parts.set(part.entry, part);
  const scripts = new Map([
    [PRE_DATA_NAME, database?.preDataStatements],
    [POST_DATA_NAME, database?.postDataStatements],
  ]);
  const visit: EntryVisitor = (entry, content) => {
    signal.throwIfAborted();
    reporter.progress(entry.compressedSize, entry.name);
    const statements = scripts.get(entry.name);
    if (statements !== undefined) return checkScript(entry, content, statements);
    return undefined;
  };
  const isWanted = (entry: ArchiveEntry): boolean => {
    // The entries that are passed over may be millions.
    signal.throwIfAborted();
    return wanted(entry);
  };
  await checkEntries(archive, visit, isWanted, signal, { find: ({ name }) => parts.get(name), rowMarks });
}

async function checkScript(
  entry: ArchiveEntry,
  content: Buffer | AsyncIterable<Buffer>,
  expected: number,
): Promise<void> {
  let statements = 0;
  const chunks = Buffer.isBuffer(content) ? Readable.from([content]) : content;
  for await (const _statement of decodeScript(chunks, entry.name)) statements += 1;
  if (statements === expected) return;
  throw new HoldfastError('damaged', `${entry.name} holds ${statements} statements instead of ${expected}.`);
}
