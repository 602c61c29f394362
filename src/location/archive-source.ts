import type { Readable } from 'node:stream';
import type { ByteSource } from '../core/byte-source.ts';
import { openFileSource } from './file-source.ts';
import { STANDARD, checkLocation } from './location.ts';
import { spoolStandardInput, type SpoolOptions } from './spool.ts';

export interface ArchiveSourceOptions extends SpoolOptions {
  readonly stdin: Readable;
}

/**
 * Opens an archive, plain or encrypted, for reading.
 * @param location a path, or `-` for standard input, which is read to its end before this returns
 * @throws HoldfastError `failed` when it cannot be read, `usage` when the location is none
 */
export async function openArchiveSource(
  location: string,
  options: ArchiveSourceOptions,
): Promise<ByteSource> {
  checkLocation(location);
  return location === STANDARD ? spoolStandardInput(options.stdin, options) : openFileSource(location);
}
