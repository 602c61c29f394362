import { HoldfastError } from '../core/errors.ts';
import { redactArgument } from '../core/redact.ts';
import { findStorage } from '../storage/registry.ts';
import type { StorageChoice } from '../workflow/preflight/storage-mapping.ts';

/**
 * Reads `[NAME=]LOCATION` values. Without NAME a storage is called like the last segment of its location.
 * @throws HoldfastError `usage` for a value without a location, and for one that is none
 */
export async function parseStorages(values: readonly string[]): Promise<StorageChoice[]> {
  const storages: StorageChoice[] = [];
  for (const value of values) {
    // A location of S3 may hold an equals sign too, but only behind a colon and slashes.
    const match = /^([^=/\\:]*)=(.*)$/s.exec(value);
    const location = match?.[2] ?? value;
    if (location === '')
      throw new HoldfastError('usage', `--storage ${redactArgument(value)} names no location.`);
    // Asked in any case, for it refuses what is no location.
    const lastSegment = (await findStorage(location)).nameOf(location);
    storages.push({ name: match?.[1] ?? lastSegment, named: match !== null, location });
  }
  return storages;
}
