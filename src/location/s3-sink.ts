import { createHash, randomUUID } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { checksumLine } from '../core/checksum-line.ts';
import { HoldfastError, messageOf } from '../core/errors.ts';
import { formatBytes } from '../core/format.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import { type Bucket, openBucket } from '../s3/bucket.ts';
import { parseS3Location } from '../s3/location.ts';
import { checkArchiveKey, checksumKey, refuseTaken } from './archive-key.ts';
import { ArchiveUpload } from './archive-upload.ts';
import { choosePartBytes, type ExpectedSize, MOST_BYTES } from './part-size.ts';
import { PartWriter } from './part-writer.ts';
import type { ArchiveSink } from './sink.ts';
import { abortKilledUploads, type Environment } from './upload-records.ts';

export interface S3SinkOptions {
  /** Whether an existing object, and its checksum object, may be replaced. */
  readonly overwrite?: boolean;
  /** Whether to write `<key>.sha256` beside it. */
  readonly checksum: boolean;
  readonly contentType: string;
  /** Is asked once, for the size of the parts. */
  readonly expectedSize: () => Promise<ExpectedSize>;
  /** Where the user's state directory is. */
  readonly env: Environment;
  readonly reporter: Reporter;
  /** Ends what is under way; the stream then fails with its reason. */
  readonly signal: AbortSignal;
}

/** User metadata of an archive: tells the upload that made it. */
const MARK = 'holdfast-upload';

/**
 * Writes an archive to an object by a multipart upload, of which nothing is seen under its key until it is completed. The
 * upload is begun here, so that missing permissions are met at once. Before that the parts of backups that were killed are
 * removed, as far as this machine knows of them.
 * @throws HoldfastError `usage` when the key is taken or none
 */
export async function openS3Sink(url: string, options: S3SinkOptions): Promise<ArchiveSink> {
  const location = parseS3Location(url);
  checkArchiveKey(location);
  options.signal.throwIfAborted();
  const work = new AbortController();
  const onAbort = (): void => work.abort(options.signal.reason);
  const follow = (): void => options.signal.addEventListener('abort', onAbort, { once: true });
  const unfollow = (): void => options.signal.removeEventListener('abort', onAbort);
  follow();
  const bucket = await openBucket(location, { signal: work.signal, reporter: options.reporter });
  try {
    // First: another backup may wait for it.
    await abortKilledUploads(bucket, options.env, options.reporter);
    if (!options.overwrite) await refuseTaken(bucket, options.checksum);
    const mark = randomUUID();
    const attributes = { contentType: options.contentType, user: { [MARK]: mark } };
    // An upload whose beginning is cut off may have been begun, and nobody would know of it.
    unfollow();
    const upload = await ArchiveUpload.begin(bucket, { attributes, signal: work.signal }, options);
    try {
      follow();
      options.signal.throwIfAborted();
      const expected = await options.expectedSize();
      if (expected.likely > MOST_BYTES) warnOfSize(expected, options.reporter);
      const partBytes = choosePartBytes(expected, bucket.mostParts);
      options.reporter.detail(`Parts of ${formatBytes(partBytes)}`);
      return new S3Sink({ bucket, upload, mark, partBytes, work, unfollow, options });
    } catch (error) {
      await upload.abort();
      throw error;
    }
  } catch (error) {
    unfollow();
    bucket.close();
    throw error;
  }
}

interface S3SinkParts {
  readonly bucket: Bucket;
  readonly upload: ArchiveUpload;
  readonly mark: string;
  readonly partBytes: number;
  /** Ends what is under way. */
  readonly work: AbortController;
  /** From now on signals end nothing. */
  readonly unfollow: () => void;
  readonly options: S3SinkOptions;
}

class S3Sink implements ArchiveSink {
  readonly name: string;
  readonly stream: PartWriter;
  readonly #sink: S3SinkParts;
  readonly #hash = createHash('sha256');
  #committing: Promise<void> | undefined;
  #discarding: Promise<void> | undefined;

  constructor(sink: S3SinkParts) {
    this.#sink = sink;
    const { bucket, upload, partBytes } = sink;
    this.name = printable(bucket.urlOf(bucket.location.key));
    this.stream = new PartWriter({
      upload: upload.multipart,
      partBytes,
      mostParts: bucket.mostParts,
      onChunk: (chunk) => this.#hash.update(chunk),
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
    const { bucket, upload, options, unfollow } = this.#sink;
    try {
      if (!this.stream.writableEnded) this.stream.end();
      await finished(this.stream);
      if (!options.overwrite) await refuseTaken(bucket, options.checksum);
      options.signal.throwIfAborted();
      // A completion that is cut off may have happened or not: from here on it is waited for.
      unfollow();
      await (options.overwrite ? this.#replace() : this.#publish());
    } catch (error) {
      await this.#discard();
      throw this.#failure(error);
    }
    await upload.end();
    await this.#release();
  }

  /**
   * The archive comes last: its key appearing is what tells people and scripts that the backup is done, and then its
   * checksum is there already. If it cannot appear, only a checksum has to be taken back.
   */
  async #publish(): Promise<void> {
    await this.#putChecksum(true);
    try {
      await this.#complete(true);
    } catch (error) {
      await this.#removeChecksum();
      throw error;
    }
  }

  /** Here the checksum comes last: until the archive is replaced, which may take minutes, the old pair is whole. */
  async #replace(): Promise<void> {
    await this.#complete(false);
    try {
      await this.#putChecksum(false);
    } catch (cause) {
      await this.#removeChecksum();
      throw new HoldfastError(
        'failed',
        `${this.name} is whole, but its checksum could not be written: ${messageOf(cause)}`,
        { hint: 'It replaced what was there before. holdfast verify tells whether it is good.', cause },
      );
    }
  }

  /** @param ifAbsent whether to refuse a key that has been taken meanwhile */
  async #complete(ifAbsent: boolean): Promise<void> {
    const { upload } = this.#sink;
    try {
      await upload.multipart.complete(this.stream.parts(), { ifAbsent });
    } catch (error) {
      // The answer may have been lost, not the archive.
      if (!(await this.#isComplete())) throw error;
    }
  }

  async #isComplete(): Promise<boolean> {
    const { bucket, upload, mark } = this.#sink;
    return upload.cleaning(async (cleaner) => {
      const found = await cleaner.head(bucket.location.key).catch(() => null);
      return found?.attributes.user?.[MARK] === mark;
    });
  }

  async #putChecksum(ifAbsent: boolean): Promise<void> {
    const { bucket, options } = this.#sink;
    if (!options.checksum) return;
    const { key } = bucket.location;
    const line = checksumLine(this.#hash.digest('hex'), key.slice(key.lastIndexOf('/') + 1));
    await bucket.put(checksumKey(key), Buffer.from(line), {
      ifAbsent,
      attributes: { contentType: 'text/plain; charset=utf-8' },
    });
  }

  /** One that belongs to no archive, or to one that is no longer there, would say that another is damaged. */
  async #removeChecksum(): Promise<void> {
    const { bucket, upload, options } = this.#sink;
    if (!options.checksum) return;
    const key = checksumKey(bucket.location.key);
    await upload
      .cleaning((cleaner) => cleaner.remove([key]))
      .catch((error: unknown) => {
        const url = printable(bucket.urlOf(key));
        options.reporter.warning(
          `${url} is no checksum of what lies beside it, and is not removed: ${messageOf(error)}`,
        );
      });
  }

  #discard(): Promise<void> {
    this.#discarding ??= this.#giveUp();
    return this.#discarding;
  }

  async #giveUp(): Promise<void> {
    const { upload, work } = this.#sink;
    this.stream.destroy();
    work.abort(new HoldfastError('failed', `The upload to ${this.name} was given up.`));
    await this.#release();
    await upload.abort();
  }

  async #release(): Promise<void> {
    const { bucket, unfollow } = this.#sink;
    unfollow();
    await this.stream.release();
    bucket.close();
  }

  #failure(error: unknown): unknown {
    if (error instanceof HoldfastError) return error;
    return new HoldfastError('failed', `${this.name} cannot be written: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

function warnOfSize({ likely }: ExpectedSize, reporter: Reporter): void {
  reporter.warning(
    `There are ${formatBytes(likely)} to back up, and S3 takes ${formatBytes(MOST_BYTES)} for one object: the backup fails if they are not compressed to that.`,
  );
}
