import type { Bucket } from '../../s3/bucket.ts';
import type { ListedObject } from '../../s3/types.ts';

/** As many as one page of a listing has. */
const MOST = 1000;

/** Applications may write a few objects all the time, but hardly all of so many. */
const LEAST = 10;

/**
 * The first objects of a listing. A restore writes each object anew, also one of the same content, and a finished one leaves no other
 * trace: when none of these is what it was, one has come in between.
 */
export class ListedSample {
  readonly #stamps = new Map<string, string>();

  add(object: ListedObject): void {
    if (this.#stamps.size < MOST) this.#stamps.set(object.key, stampOf(object));
  }

  /** True when all of them are others by now, or gone. One request tells. */
  async isReplaced(bucket: Bucket, prefix: string): Promise<boolean> {
    if (this.#stamps.size < LEAST) return false;
    for await (const object of bucket.list(prefix, { limit: MOST }))
      if (this.#stamps.get(object.key) === stampOf(object)) return false;
    return true;
  }
}

function stampOf({ etag, modified }: ListedObject): string {
  return `${etag} ${modified.toISOString()}`;
}
