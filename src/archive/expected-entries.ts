import { HoldfastError } from '../core/errors.ts';
import type { ArchiveEntries, ArchiveEntry } from './archive.ts';
import {
  MANIFEST_NAME,
  POST_DATA_NAME,
  PRE_DATA_NAME,
  RESTORE_NOTE_NAME,
  RESTORE_SCRIPT_NAME,
  SUMS_NAME,
  loadStatementName,
  storageDirectory,
  storageIndexName,
} from './layout.ts';
import type { Manifest, ManifestDatabase, ManifestStorage } from './manifest.ts';
import { MOST_BYTES_PER_BYTE } from './unpack-part.ts';
import { quoteName } from './quote-name.ts';

/**
 * Checks that an archive holds what its manifest says and nothing else.
 * @param name how the archive is called in messages
 * @throws HoldfastError `damaged` naming the first entry that is missing or not expected
 */
export function checkExpectedEntries(name: string, manifest: Manifest, entries: ArchiveEntries): void {
  const fail = (what: string): never => {
    throw new HoldfastError('damaged', `${name} is damaged: ${what}.`);
  };
  const required = requiredFiles(manifest, fail);
  const optional = new Set(
    manifest.database?.tables
      .filter(({ withRows }) => withRows)
      .map(({ directory }) => loadStatementName(directory)),
  );
  const parts = new Map(
    manifest.database?.tables.flatMap((table) => table.parts.map(({ entry, bytes }) => [entry, bytes])),
  );
  const storages = new Map(
    manifest.storages.map(({ name: storage }) => [
      storage,
      { files: 0, directories: 0, symlinks: 0, bytes: 0 },
    ]),
  );
  let files = 0;
  for (const entry of entries) {
    if (entry.type === 'file') files++;
    const promised = parts.get(entry.name) ?? 0;
    if (promised > entry.size * MOST_BYTES_PER_BYTE)
      fail(`its entry ${quoteName(entry.name)} cannot hold the ${promised} bytes of rows that it promises`);
    if (entry.type === 'file' && (required.delete(entry.name) || optional.has(entry.name))) continue;
    if (entry.type === 'directory' && isRoot(entry, storages)) continue;
    const found = storages.get(storageOf(entry));
    if (found === undefined) return fail(`its manifest does not know the entry ${quoteName(entry.name)}`);
    if (entry.type === 'file') {
      found.files++;
      found.bytes += entry.size;
    } else if (entry.type === 'directory') {
      found.directories++;
    } else {
      found.symlinks++;
    }
  }
  const [missing] = required;
  if (missing !== undefined) fail(`it lacks the entry ${quoteName(missing)}`);
  // SHA256SUMS lists neither itself nor the manifest.
  if (files - 2 !== manifest.entries)
    fail(`it has ${files - 2} files, its manifest counts ${manifest.entries}`);
  for (const storage of manifest.storages) checkCounts(storage, storages.get(storage.name)!, fail);
}

function requiredFiles(manifest: Manifest, fail: (what: string) => never): Set<string> {
  const names = new Set<string>();
  const expect = (entry: string): void => {
    if (names.has(entry)) fail(`its manifest names ${quoteName(entry)} twice`);
    names.add(entry);
  };
  for (const fixed of [MANIFEST_NAME, SUMS_NAME, RESTORE_NOTE_NAME, RESTORE_SCRIPT_NAME]) expect(fixed);
  if (manifest.database !== null) {
    expect(PRE_DATA_NAME);
    expect(POST_DATA_NAME);
    for (const part of partNames(manifest.database)) expect(part);
  }
  for (const { name } of manifest.storages) expect(storageIndexName(name));
  return names;
}

function* partNames(database: ManifestDatabase): Generator<string, void, void> {
  for (const table of database.tables) for (const { entry } of table.parts) yield entry;
}

/** Whether an entry is the directory of a storage itself, which stands in the zip for its mode alone. */
function isRoot({ name }: ArchiveEntry, storages: ReadonlyMap<string, unknown>): boolean {
  const [top, storage, rest] = name.split('/', 3);
  return top === 'storage' && storages.has(storage ?? '') && rest === undefined;
}

/** The storage that an entry would belong to: the second segment of its name, if there is a third. */
function storageOf({ name }: ArchiveEntry): string {
  const [top, storage, rest] = name.split('/', 3);
  return top === 'storage' && storage !== undefined && rest !== undefined ? storage : '';
}

function checkCounts(
  storage: ManifestStorage,
  found: Pick<ManifestStorage, 'files' | 'directories' | 'symlinks' | 'bytes'>,
  fail: (what: string) => never,
): void {
  for (const field of ['files', 'directories', 'symlinks', 'bytes'] as const) {
    if (found[field] !== storage[field]) {
      fail(
        `${storageDirectory(storage.name)} has ${found[field]} ${field}, its manifest counts ${storage[field]}`,
      );
    }
  }
}
