import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import { ChangedObject, ServiceError } from '../../s3/errors.ts';
import type { Bucket } from '../../s3/bucket.ts';
import type { ObjectAttributes, ObjectFacts } from '../../s3/types.ts';

type Tags = ObjectAttributes['tags'];

/** What services answer to who may not read tags, and those that have none. */
const DENIED = 'AccessDenied';
const REFUSALS = new Set([DENIED, 'NotImplemented', 'MethodNotAllowed']);

/**
 * Reads the tags of objects that have some. Where that is not allowed, or the service has none, the backup goes on without them,
 * with one warning: content is worth more than tags, and who may not read them did not set them.
 */
export class TagReader {
  readonly #bucket: Bucket;
  readonly #name: string;
  readonly #reporter: Reporter;
  #areDenied = false;
  #isCounted: Promise<boolean> | undefined;

  constructor(bucket: Bucket, name: string, reporter: Reporter) {
    this.#bucket = bucket;
    this.#name = name;
    this.#reporter = reporter;
  }

  /**
   * The tags of an object; undefined where it has none or they may not be read.
   * @throws ChangedObject when it is no longer this one: the tags may be those of another state
   */
  async read(object: ObjectFacts): Promise<Tags> {
    const { key, tagCount } = object;
    if (this.#areDenied) return undefined;
    if (tagCount === 0 && (await (this.#isCounted ??= this.#countsTags(key)))) return undefined;
    try {
      const tags = await this.#bucket.tags(key);
      await this.#requireSame(object);
      return Object.keys(tags).length === 0 ? undefined : tags;
    } catch (error) {
      if (!(error instanceof ServiceError && REFUSALS.has(error.reason))) throw error;
      this.#deny();
      return undefined;
    }
  }

  /**
   * Whether the service tells how many tags an object has, asked once of one that seems to have none: AWS tells it only to who
   * may read them.
   */
  async #countsTags(key: string): Promise<boolean> {
    try {
      // Some have a nameless one for each object.
      return Object.keys(await this.#bucket.tags(key)).every((name) => name === '');
    } catch (error) {
      if (error instanceof ServiceError && error.reason === DENIED) this.#deny();
      return true;
    }
  }

  async #requireSame({ key, etag, modified }: ObjectFacts): Promise<void> {
    const now = await this.#bucket.head(key);
    if (now?.etag === etag && now.modified.getTime() === modified.getTime()) return;
    throw new ChangedObject(`${printable(key)} has changed while its tags were read.`, {});
  }

  #deny(): void {
    if (!this.#areDenied)
      this.#reporter.warning(
        `the tags of objects in ${this.#name}, if they have any, are not backed up: they may not be read (s3:GetObjectTagging)`,
      );
    this.#areDenied = true;
  }
}
