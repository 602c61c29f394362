import { messageOf, Unfinished } from '../core/errors.ts';
import type { Reporter } from '../core/reporter.ts';
import { type Bucket, openBucket } from '../s3/bucket.ts';
import type { MultipartUpload, WriteOptions } from '../s3/types.ts';
import { checksumKey } from './archive-key.ts';
import { describeParts, type Environment, keepUploadRecord } from './upload-records.ts';

/** How long cleaning up may take, in milliseconds: the command line leaves 30 s after a signal. */
const CLEAN_UP_LIMIT_MS = 25_000;

export interface ArchiveUploadOptions {
  readonly overwrite?: boolean;
  /** Whether a checksum lies beside the archive. */
  readonly checksum: boolean;
  readonly env: Environment;
  readonly reporter: Reporter;
  /** Aborted when the user wants to end; what cannot be cleaned up then is an error, not a warning beside another one. */
  readonly signal: AbortSignal;
}

/** A multipart upload of which nothing is left when it is given up, also when the process is killed. */
export class ArchiveUpload {
  /** Parts are sent to it, and it is completed. */
  readonly multipart: MultipartUpload;
  readonly #bucket: Bucket;
  readonly #options: ArchiveUploadOptions;
  readonly #forget: () => Promise<void>;

  private constructor(
    bucket: Bucket,
    upload: MultipartUpload,
    options: ArchiveUploadOptions,
    forget: () => Promise<void>,
  ) {
    this.#bucket = bucket;
    this.multipart = upload;
    this.#options = options;
    this.#forget = forget;
  }

  /** Begins the upload of the bucket's location, which tells whether it is allowed. @throws HoldfastError */
  static async begin(
    bucket: Bucket,
    write: WriteOptions,
    options: ArchiveUploadOptions,
  ): Promise<ArchiveUpload> {
    const upload = await bucket.beginUpload(bucket.location.key, write);
    const { env, reporter, checksum, overwrite } = options;
    const { location } = bucket;
    const forget = await keepUploadRecord(env, location, {
      id: upload.id,
      checksum: checksum && overwrite !== true ? checksumKey(location.key) : null,
    }).catch((error: unknown) => {
      reporter.detail(`No record of the upload is kept: ${messageOf(error)}`);
      return async () => undefined;
    });
    return new ArchiveUpload(bucket, upload, options, forget);
  }

  /** After it was completed. */
  async end(): Promise<void> {
    await this.#forget().catch((error: unknown) =>
      this.#options.reporter.detail(`The record of the upload is not removed: ${messageOf(error)}`),
    );
  }

  /**
   * Removes the parts. What cannot be removed is told of, and tried again by the next backup.
   * @throws Unfinished when that fails after a signal
   */
  async abort(): Promise<void> {
    const { multipart } = this;
    try {
      await this.cleaning(async (bucket) => {
        await bucket.abortUpload(multipart);
        // What was on its way to the service may have become a part after that: the S3 user guide says to ask again.
        await bucket.abortUpload(multipart);
      });
      await this.end();
    } catch (error) {
      const left = describeParts(this.#bucket, multipart);
      const { signal, reporter } = this.#options;
      if (signal.aborted) {
        throw new Unfinished(`Not everything was cleaned up: ${left}: ${messageOf(error)}`, { cause: error });
      }
      reporter.warning(`Left behind: ${left}: ${messageOf(error)}`);
    }
  }

  /** Runs what has to be done also after a signal, on a connection of its own, and not for ever. */
  async cleaning<T>(work: (bucket: Bucket) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(CLEAN_UP_LIMIT_MS);
    const { reporter } = this.#options;
    const bucket = await openBucket(this.#bucket.location, { signal, reporter });
    try {
      return await work(bucket);
    } finally {
      bucket.close();
    }
  }
}
