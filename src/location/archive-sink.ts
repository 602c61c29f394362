import type { Writable } from 'node:stream';
import { isS3Location } from '../s3/location.ts';
import { openFileSink, type FileSinkOptions } from './file-sink.ts';
import { STANDARD, checkLocation } from './location.ts';
import type { S3SinkOptions } from './s3-sink.ts';
import type { ArchiveSink } from './sink.ts';
import { openStdoutSink } from './stdout-sink.ts';

export type { ArchiveSink };

export interface ArchiveSinkOptions extends FileSinkOptions, S3SinkOptions {
  readonly stdout: Writable;
}

/**
 * Opens a place to write an archive to.
 * @param location a path, that of an S3 object, or `-` for standard output, for which the options of the others mean nothing
 * @throws HoldfastError `usage` when the name is taken or no location, `failed` when nothing can be written
 *   there
 */
export async function openArchiveSink(location: string, options: ArchiveSinkOptions): Promise<ArchiveSink> {
  checkLocation(location);
  if (location === STANDARD) return openStdoutSink(options.stdout);
  if (!isS3Location(location)) return openFileSink(location, options);
  // Its client takes a while to load.
  const { openS3Sink } = await import('./s3-sink.ts');
  return openS3Sink(location, options);
}
