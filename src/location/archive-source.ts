import type { Readable } from 'node:stream';
import type { ByteSource } from '../core/byte-source.ts';
import { isS3Location } from '../s3/location.ts';
import { openFileSource } from './file-source.ts';
import { STANDARD, checkLocation } from './location.ts';
import { spoolStandardInput, type SpoolOptions } from './spool.ts';

export interface ArchiveSourceOptions extends SpoolOptions {
  readonly stdin: Readable;
}

/**
 * Opens an archive, plain or encrypted, for reading.
 * @param location a path, an S3 object, or `-` for standard input, which is read to its end before this returns
 * @throws HoldfastError `failed` when it cannot be read, `usage` when the location is none
 */
export async function openArchiveSource(
  location: string,
  options: ArchiveSourceOptions,
): Promise<ByteSource> {
  checkLocation(location);
  if (isS3Location(location)) {
    // The SDK is loaded only where it is used.
    const { openS3Source } = await import('./s3-source.ts');
    return openS3Source(location, options);
  }
  return location === STANDARD ? spoolStandardInput(options.stdin, options) : openFileSource(location);
}
