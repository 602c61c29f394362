import { basename, resolve } from 'node:path';
import { HoldfastError } from '../core/errors.ts';
import type { StorageChoice } from '../workflow/storage-mapping.ts';

/**
 * Reads `[NAME=]LOCATION` values. Without NAME a storage is called like the last segment of its location.
 * @throws HoldfastError `usage` for a value without a location
 */
export function parseStorages(values: readonly string[]): StorageChoice[] {
  return values.map((value) => {
    const match = /^([^=/\\:]*)=(.*)$/s.exec(value);
    const location = match?.[2] ?? value;
    if (location === '') throw new HoldfastError('usage', `--storage ${value} names no location.`);
    return { name: match?.[1] ?? basename(resolve(location)), named: match !== null, location };
  });
}
