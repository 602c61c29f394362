import { HoldfastError } from '../core/errors.ts';
import { isDeviceName } from './entry-name.ts';

/** Written last: what the archive holds. */
export const MANIFEST_NAME = 'manifest.json';
/** Written just before it: a digest of every other file entry. */
export const SUMS_NAME = 'SHA256SUMS';
export const RESTORE_NOTE_NAME = 'RESTORE.md';
export const RESTORE_SCRIPT_NAME = 'restore.sh';
export const PRE_DATA_NAME = 'database/pre-data.sql';
export const POST_DATA_NAME = 'database/post-data.sql';
export const DATA_DIRECTORY = 'database/data';

/** The entry of a table's part; `number` counts from 1. */
export function partName(directory: string, number: number, partSuffix: string): string {
  return `${directory}/${String(number).padStart(6, '0')}.${partSuffix}.zst`;
}

/** The entry with the statement that goes before a table's rows when the database's own client loads them. */
export function loadStatementName(directory: string): string {
  return `${directory}/load.sql`;
}

/** The directory that holds all storages. */
export const STORAGE_DIRECTORY = 'storage';

/** The directory that holds a storage's entries. */
export function storageDirectory(storage: string): string {
  return `${STORAGE_DIRECTORY}/${storage}`;
}

/** The entry that lists a storage's files. */
export function storageIndexName(storage: string): string {
  return `${STORAGE_DIRECTORY}/${storage}.jsonl`;
}

/**
 * Whether `name` can name a storage: it becomes part of entry names as it is, so it is plain, portable, and never
 * that of another storage's index.
 */
export function isStorageName(name: string): boolean {
  return (
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) && !/(\.|\.jsonl)$/i.test(name) && !isDeviceName(name)
  );
}

/**
 * Checks the names of all storages of one archive.
 * @throws HoldfastError `usage` when one cannot be used, or two are equal but for case
 */
export function checkStorageNames(names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    if (!isStorageName(name)) {
      throw new HoldfastError('usage', `"${name}" cannot name a storage.`, {
        hint:
          'Give it a name of letters, digits, dots, dashes and underscores: --storage NAME=LOCATION. ' +
          'It begins with a letter or digit, does not end in "." or ".jsonl", and is no device name of Windows.',
      });
    }
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new HoldfastError('usage', `Two storages are called "${other}" and "${name}".`, {
        hint: 'Give each its own name: --storage NAME=LOCATION. Case makes no difference.',
      });
    }
    seen.set(name.toLowerCase(), name);
  }
}
