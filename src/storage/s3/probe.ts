import { buffer } from 'node:stream/consumers';
import { HoldfastError } from '../../core/errors.ts';
import type { Bucket } from '../../s3/bucket.ts';
import type { ListedObject } from '../../s3/types.ts';
import type { Stage } from './stage.ts';
import { etagPrint } from './tables.ts';

/**
 * Tries out, under the restore's own prefix, what a restore asks of a service: it must write, copy, list and remove. Some say that they
 * have copied an object and have not.
 * @throws HoldfastError `failed`
 */
export async function probe(bucket: Bucket, { root }: Stage): Promise<void> {
  const key = `${root}probe`;
  const copyKey = `${root}probe-copy`;
  const content = Buffer.from('holdfast');
  const attributes = { contentType: 'text/x-holdfast', user: { holdfast: 'probe' } };
  const { etag } = await bucket.put(key, content, { attributes });
  const copied = await bucket.copy({ key, etag, size: content.length, modified: new Date(0) }, copyKey);
  const listed = await find(bucket, copyKey);
  if (listed?.size !== content.length || etagPrint(listed.etag) !== etagPrint(copied.etag))
    throw cannotCopy(bucket);
  const found = await bucket.open(copyKey);
  const { contentType, user } = found.attributes;
  if (!content.equals(await buffer(found.content))) throw cannotCopy(bucket);
  if (contentType !== attributes.contentType || user?.['holdfast'] !== attributes.user.holdfast)
    throw cannotCopy(bucket);
  await bucket.remove([key, copyKey]);
}

async function find(bucket: Bucket, key: string): Promise<ListedObject | null> {
  for await (const object of bucket.list(key)) return object;
  return null;
}

function cannotCopy(bucket: Bucket): HoldfastError {
  return new HoldfastError(
    'failed',
    `The S3 service of ${bucket.urlOf('')} does not copy objects with all that belongs to them: it said that it had, and has not.`,
    {
      hint: 'Without that a restore cannot be undone when it fails. Restore into a directory, and upload that with another tool.',
    },
  );
}
