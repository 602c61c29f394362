import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Reporter } from '../core/reporter.ts';
import { type Bucket, type ListedObject, openBucket } from '../s3/bucket.ts';
import { ChangedObject, MissingObject } from '../s3/errors.ts';
import { formatS3Location, parseS3Location } from '../s3/location.ts';
import { ReadAhead } from './read-ahead.ts';

/** What every command reads first at both ends of an archive: a crypt's first and last segment, a zip's end. */
const END_BYTES = 1 << 20;

export interface S3SourceOptions {
  /** Ends all requests; reads then reject with its reason. */
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
}

/**
 * Opens an object for reading in place, by ranges of one state of it.
 * @param location `s3://bucket/key?…`
 * @throws HoldfastError `usage` when it names no object, `failed` when there is none or it cannot be read
 */
export async function openS3Source(location: string, options: S3SourceOptions): Promise<ByteSource> {
  const { signal, reporter } = options;
  const place = parseS3Location(location);
  const name = printable(formatS3Location(place));
  if (place.key === '' || place.key.endsWith('/')) {
    const what = place.key === '' ? 'it has no key' : 'its key ends with a slash';
    throw new HoldfastError('usage', `${name} names no archive: ${what}.`, {
      hint: 'Give the key of the archive as well: s3://bucket/folder/app.zip',
    });
  }
  const closing = new AbortController();
  const bucket = await openBucket(place, { signal: AbortSignal.any([signal, closing.signal]), reporter });
  try {
    const object = (await bucket.head(place.key)) ?? (await getMissing(bucket, place.key));
    return new S3Source(name, bucket, object, closing);
  } catch (error) {
    bucket.close();
    throw error;
  }
}

/** The answer to a GET, unlike that to a HEAD, says what is missing. */
async function getMissing(bucket: Bucket, key: string): Promise<ListedObject> {
  const { content, ...object } = await bucket.open(key);
  content.destroy();
  return object;
}

class S3Source implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #bucket: Bucket;
  readonly #object: ListedObject;
  readonly #closing: AbortController;
  readonly #ahead: ReadAhead;

  constructor(name: string, bucket: Bucket, object: ListedObject, closing: AbortController) {
    this.name = name;
    this.size = object.size;
    this.#bucket = bucket;
    this.#object = object;
    this.#closing = closing;
    this.#ahead = new ReadAhead(this.size, (start, end, take) => this.#fetch(start, end, take));
    this.expect(0, END_BYTES);
    this.expect(this.size - END_BYTES, this.size);
  }

  expect(start: number, end: number): void {
    this.#ahead.expect(start, end);
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#ahead.read(target, position);
  }

  async close(): Promise<void> {
    this.#closing.abort(new HoldfastError('failed', `${this.name} has been closed.`));
    await this.#ahead.settle();
    this.#bucket.close();
  }

  async #fetch(start: number, end: number, take: (bytes: Uint8Array) => void): Promise<void> {
    const { key, etag } = this.#object;
    try {
      const opened = await this.#bucket.open(key, { range: { start, end }, etag });
      // Not every service knows conditions.
      if (opened.etag !== etag) {
        opened.content.destroy();
        throw this.#changed();
      }
      for await (const chunk of opened.content as AsyncIterable<Buffer>) take(chunk);
    } catch (error) {
      if (error instanceof ChangedObject || error instanceof MissingObject) throw this.#changed(error);
      throw error;
    }
  }

  #changed(cause?: unknown): HoldfastError {
    return new HoldfastError('failed', `${this.name} changed while it was read.`, {
      hint: 'It was replaced or removed by another program. Run the command again.',
      cause,
    });
  }
}
