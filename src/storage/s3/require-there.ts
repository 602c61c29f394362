import { HoldfastError } from '../../core/errors.ts';
import { formatCount } from '../../core/format.ts';
import type { Bucket } from '../../s3/bucket.ts';

/**
 * Looks whether as many objects as were sent or copied are below a prefix, with as many bytes.
 * @throws HoldfastError `failed`
 */
export async function requireThere(
  bucket: Bucket,
  prefix: string,
  expected: { readonly count: number; readonly bytes: number },
): Promise<void> {
  let count = 0;
  let bytes = 0;
  for await (const { size } of bucket.list(prefix)) {
    count += 1;
    bytes += size;
  }
  if (count === expected.count && bytes === expected.bytes) return;
  throw new HoldfastError(
    'failed',
    `${formatCount(expected.count, 'object')} with ${expected.bytes} bytes were written below ${bucket.urlOf(prefix)}, ` +
      `and ${count} with ${bytes} bytes are there.`,
    { hint: 'Look whether something else writes or removes there (a lifecycle rule), then restore again.' },
  );
}
