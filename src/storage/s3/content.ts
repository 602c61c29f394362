import type { Bucket } from '../../s3/bucket.ts';
import type { ListedObject } from '../../s3/types.ts';
import { ownNameOf } from './keys.ts';

/** An object of a storage's content. */
export interface ContentObject {
  /** The key behind the prefix. */
  readonly path: string;
  readonly object: ListedObject;
}

/** The objects below a prefix without those that restores make there, and without the object of the prefix itself. */
export async function* listContent(
  bucket: Bucket,
  prefix: string,
): AsyncGenerator<ContentObject, void, void> {
  for await (const object of bucket.list(prefix)) {
    const path = object.key.slice(prefix.length);
    if (path !== '' && ownNameOf(path) === null) yield { path, object };
  }
}

/** The first of them; null when there are none. */
export async function firstContent(bucket: Bucket, prefix: string): Promise<ContentObject | null> {
  for await (const content of listContent(bucket, prefix)) return content;
  return null;
}
