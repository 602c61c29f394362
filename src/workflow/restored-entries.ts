import type { ArchiveEntry, ArchiveReader } from '../archive/archive.ts';
import { decodeName } from '../archive/entry-name.ts';
import { POST_DATA_NAME, PRE_DATA_NAME, storageDirectory, storageIndexName } from '../archive/layout.ts';
import { matchTrees } from '../core/glob.ts';
import type { RestorePlan } from './restore-plan.ts';

/**
 * Tells the entries that a restore reads, which are those to check before it. Without a selection these are all, also
 * those that are for people only: whoever restores an archive whole wants to know that it is whole.
 * @param files as `PreflightRequest.files`
 */
export function restoredEntries(
  { manifest }: ArchiveReader,
  { database, storages }: RestorePlan,
  files: readonly string[],
): (entry: ArchiveEntry) => boolean {
  const isWhole =
    files.length === 0 &&
    storages.length === manifest.storages.length &&
    (manifest.database === null || (database !== null && database.selection.report === null));
  if (isWhole) return () => true;
  const names = new Set(storages.map(({ archived }) => storageIndexName(archived.name)));
  if (database !== null) {
    names.add(PRE_DATA_NAME).add(POST_DATA_NAME);
    for (const table of database.selection.tables) for (const part of table.parts) names.add(part.entry);
  }
  const directories = new Set(storages.map(({ archived }) => storageDirectory(archived.name)));
  const matches = files.length === 0 ? null : matchTrees(files);
  return ({ name, type }) => {
    if (names.has(name)) return true;
    const directory = name.split('/', 2).join('/');
    if (!directories.has(directory)) return false;
    if (matches === null || directory === name) return true;
    // What there is to know of a directory stands in the index.
    return type !== 'directory' && matches(decodeName(name.slice(directory.length + 1)).toString());
  };
}
