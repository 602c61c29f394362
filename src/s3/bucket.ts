import { copyObject } from './copying.ts';
import { listObjects, listUploads } from './listing.ts';
import type { S3Location } from './location.ts';
import { headObject, openObject, readTags } from './reading.ts';
import { removeObjects } from './removal.ts';
import { Service } from './service.ts';
import { resolveSettings } from './settings.ts';
import type {
  BucketOptions,
  CopyOptions,
  ListedObject,
  ListOptions,
  MultipartUpload,
  ObjectFacts,
  OpenedObject,
  ReadOptions,
  UnfinishedUpload,
  WriteOptions,
} from './types.ts';
import { abortUpload, beginUpload } from './upload.ts';
import { putObject } from './writing.ts';

export type * from './types.ts';

/**
 * A bucket of an S3 service. Every method retries passing failures and throws HoldfastErrors that name bucket, key,
 * operation and what to do (errors.ts).
 */
export class Bucket {
  readonly location: S3Location;
  readonly #service: Service;
  readonly #options: BucketOptions;

  constructor(service: Service, options: BucketOptions) {
    this.location = service.location;
    this.#service = service;
    this.#options = options;
  }

  /** How many parts an object may be uploaded in. */
  get mostParts(): number {
    return this.#service.mostParts;
  }

  /** A key's URL for messages; holds no secrets. */
  urlOf(key: string): string {
    return this.#service.urlOf(key);
  }

  /** Every object whose key begins with `prefix`, in the order of the service (that of the keys' bytes, with most). */
  list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListedObject, void, void> {
    return listObjects(this.#service, prefix, options);
  }

  /** What there is under a key; null when there is nothing. */
  head(key: string): Promise<ObjectFacts | null> {
    return headObject(this.#service, key);
  }

  /**
   * Opens an object, or a range of it. What breaks off while it is read is asked for again, from the byte where it broke.
   * @throws MissingObject, ChangedObject
   */
  open(key: string, options: ReadOptions = {}): Promise<OpenedObject> {
    return openObject(this.#service, key, options);
  }

  /** An object's tags. @throws ServiceError where they may not be read (`AccessDenied`) or the service has none (`NotImplemented`) */
  tags(key: string): Promise<Record<string, string>> {
    return readTags(this.#service, key);
  }

  /** Writes a small object in one request. @throws ExistingObject */
  put(key: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<{ etag: string }> {
    return putObject(this.#service, key, bytes, options);
  }

  /** Begins a multipart upload. */
  beginUpload(key: string, options: WriteOptions = {}): Promise<MultipartUpload> {
    return beginUpload(this.#service, key, options);
  }

  /** Ends a multipart upload that was not completed, and removes its parts. Does nothing when there is none any more. */
  abortUpload(upload: { readonly key: string; readonly id: string }): Promise<void> {
    return abortUpload(this.#service, upload);
  }

  /** The multipart uploads under a prefix that were begun and not ended. */
  unfinishedUploads(prefix: string): AsyncGenerator<UnfinishedUpload, void, void> {
    return listUploads(this.#service, prefix);
  }

  /**
   * Copies an object with all its attributes on the side of the service, whatever its size, and looks whether it is there.
   * @throws MissingObject, ChangedObject when the source is not as it was listed
   */
  copy(source: ListedObject, target: string, options: CopyOptions = {}): Promise<{ etag: string }> {
    return copyObject(this.#service, source, target, { parts: this.#options.copyParts, ...options });
  }

  /** Removes objects, however many; those that are not there are no failure. */
  remove(keys: readonly string[]): Promise<void> {
    return removeObjects(this.#service, keys);
  }

  close(): void {
    this.#service.close();
  }
}

/** Opens the bucket of a location, which loads the SDK. Nothing is asked of the service yet. */
export async function openBucket(location: S3Location, options: BucketOptions): Promise<Bucket> {
  const sdk = await import('./sdk.ts');
  const settings = await resolveSettings(sdk, location);
  return new Bucket(new Service(location, { ...options, sdk, settings }), options);
}
