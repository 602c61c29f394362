import { basename, resolve } from 'node:path';
import { HoldfastError } from '../core/errors.ts';
import { redactArgument, redactUrl } from '../core/redact.ts';
import type { StorageChoice } from '../workflow/preflight/storage-mapping.ts';

/**
 * Reads `[NAME=]LOCATION` values. Without NAME a storage is called like the last segment of its location.
 * @throws HoldfastError `usage` for a value without a location
 */
export function parseStorages(values: readonly string[]): StorageChoice[] {
  return values.map((value) => {
    const match = /^([^=/\\:]*)=(.*)$/s.exec(value);
    const location = match?.[2] ?? value;
    if (location === '')
      throw new HoldfastError('usage', `--storage ${redactArgument(value)} names no location.`);
    // Of a URL, which may hold a password, only what may be shown: a name gets into messages and archives.
    const shown = location.includes('://') ? redactUrl(location) : location;
    const name = match?.[1] ?? basename(resolve(shown));
    return { name, named: match !== null, location };
  });
}
