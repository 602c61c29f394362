import { basename, dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { checksumLine } from '../core/checksum-line.ts';
import { HoldfastError, messageOf } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import { syncFolder } from '../core/sync-folder.ts';
import { ThreadHash } from '../core/thread-hash.ts';
import { AtomicFile } from './atomic-file.ts';
import { writeError } from './file-errors.ts';
import { FileWriter, writeAll } from './file-writer.ts';
import { checksumPath, removeLeftovers } from './leftovers.ts';
import type { ArchiveSink } from './sink.ts';

export interface FileSinkOptions {
  /** Whether an existing file, and its checksum file, may be replaced. */
  readonly overwrite?: boolean;
  /** Whether to write `<archive>.sha256` beside it. */
  readonly checksum: boolean;
  /** Permission bits of both files, less the umask; 0600 when left out, as a backup holds everything. */
  readonly mode?: number;
  /** Told what was removed of earlier backups that were killed. */
  readonly reporter: Reporter;
}

/**
 * Writes an archive to the file at `path`, which appears when it is whole (see AtomicFile). Before that it removes from the
 * folder what backups that were killed left there.
 */
export async function openFileSink(path: string, options: FileSinkOptions): Promise<ArchiveSink> {
  const fileOptions = { overwrite: options.overwrite ?? false, mode: options.mode ?? 0o600 };
  // First: it may be what fills the disk.
  await removeLeftovers(dirname(path), options.reporter);
  const archive = await AtomicFile.create(path, fileOptions);
  try {
    const checksum = options.checksum ? await AtomicFile.create(checksumPath(path), fileOptions) : undefined;
    return new FileSink(archive, checksum, fileOptions.overwrite);
  } catch (error) {
    await archive.discard();
    throw error;
  }
}

class FileSink implements ArchiveSink {
  readonly name: string;
  readonly stream: FileWriter;
  readonly #archive: AtomicFile;
  readonly #checksum: AtomicFile | undefined;
  readonly #hash: ThreadHash | undefined;
  readonly #overwrite: boolean;
  #committing: Promise<void> | undefined;

  constructor(archive: AtomicFile, checksum: AtomicFile | undefined, overwrite: boolean) {
    this.name = printable(archive.path);
    this.#archive = archive;
    this.#checksum = checksum;
    this.#hash = checksum && new ThreadHash();
    this.#overwrite = overwrite;
    this.stream = new FileWriter(archive.handle, {
      onChunk: async (chunk) => this.#hash?.update(chunk),
      explain: (error) => writeError(archive.path, error),
    });
    // Whoever writes or commits learns of an error; met while nobody does, it must not end the process.
    this.stream.on('error', () => undefined);
  }

  bytesWritten(): number {
    return this.stream.bytesWritten;
  }

  commit(): Promise<void> {
    this.#committing ??= this.#commit();
    return this.#committing;
  }

  async abort(): Promise<void> {
    await (this.#committing ? this.#committing.catch(() => undefined) : this.#discard());
  }

  async #commit(): Promise<void> {
    try {
      if (!this.stream.writableEnded) this.stream.end();
      await finished(this.stream);
      await this.#archive.sync();
      await this.#writeChecksum();
      // Both are whole on the disk now, so little can fail.
      await (this.#overwrite ? this.#replace() : this.#appear());
    } catch (error) {
      await this.#checksum?.retract();
      await this.#discard();
      throw writeError(this.#archive.path, error);
    }
    await syncName(this.#archive.path);
  }

  /**
   * The archive comes last: its name appearing is what tells people and scripts that the backup is done, and then its checksum
   * is there already. If it cannot appear, only a checksum has to be taken back, never an archive that somebody may be reading.
   */
  async #appear(): Promise<void> {
    await this.#checksum?.publish();
    await this.#archive.publish();
  }

  /** No archive, old or new, ever lies beside the checksum of the other, also after a kill in between. */
  async #replace(): Promise<void> {
    await this.#checksum?.vacate();
    await this.#archive.publish();
    await this.#checksum?.publish();
  }

  async #writeChecksum(): Promise<void> {
    if (!this.#checksum || !this.#hash) return;
    const line = checksumLine(await this.#hash.digest(), basename(this.#archive.path));
    await writeAll(this.#checksum.handle, Buffer.from(line));
    await this.#checksum.sync();
  }

  async #discard(): Promise<void> {
    this.stream.destroy();
    await this.#hash?.close();
    await this.#archive.discard();
    await this.#checksum?.discard();
  }
}

/** Brings the name of the file at `path` to the disk. */
async function syncName(path: string): Promise<void> {
  try {
    await syncFolder(dirname(path));
  } catch (cause) {
    throw new HoldfastError(
      'failed',
      `${printable(path)} is whole, but its name could not be brought to the disk: ${messageOf(cause)}.`,
      { hint: 'It may be gone after a power cut. Check the disk, and keep a copy elsewhere.', cause },
    );
  }
}
