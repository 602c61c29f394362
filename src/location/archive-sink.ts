import type { Writable } from 'node:stream';
import { openFileSink, type FileSinkOptions } from './file-sink.ts';
import { STANDARD, checkLocation } from './location.ts';
import type { ArchiveSink } from './sink.ts';
import { openStdoutSink } from './stdout-sink.ts';

export type { ArchiveSink };

export interface ArchiveSinkOptions extends FileSinkOptions {
  readonly stdout: Writable;
}

/**
 * Opens a place to write an archive to.
 * @param location a path, or `-` for standard output, for which the options of files mean nothing
 * @throws HoldfastError `usage` when the name is taken or no location, `failed` when nothing can be written
 *   there
 */
export async function openArchiveSink(location: string, options: ArchiveSinkOptions): Promise<ArchiveSink> {
  checkLocation(location);
  return location === STANDARD ? openStdoutSink(options.stdout) : openFileSink(location, options);
}
