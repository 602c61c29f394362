import { HoldfastError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { S3Location } from '../s3/location.ts';

const CHECKSUM_SUFFIX = '.sha256';

/** What S3 takes for a key, in bytes. */
const KEY_LIMIT = 1024;

/** The key of an archive's checksum. */
export function checksumKey(key: string): string {
  return `${key}${CHECKSUM_SUFFIX}`;
}

/** Refuses a location that can be no archive's. @throws HoldfastError `usage` */
export function checkArchiveKey({ bucket, key }: S3Location): void {
  if (key === '' || key.endsWith('/')) {
    throw new HoldfastError('usage', `s3://${printable(`${bucket}/${key}`)} names no object.`, {
      hint: 'Give the archive a key behind it.',
    });
  }
  if (Buffer.byteLength(checksumKey(key)) > KEY_LIMIT) {
    const limit = `with ${CHECKSUM_SUFFIX} behind it, has more than ${KEY_LIMIT} bytes`;
    throw new HoldfastError('usage', `The key of the archive, ${limit}.`, { hint: 'Choose a shorter one.' });
  }
}

/** Refuses an archive, or its checksum, that would take the place of another one. @throws HoldfastError `usage` */
export async function refuseTaken(bucket: Bucket, withChecksum: boolean): Promise<void> {
  const { key } = bucket.location;
  for (const name of withChecksum ? [key, checksumKey(key)] : [key]) {
    if ((await bucket.head(name)) === null) continue;
    throw new HoldfastError(
      'usage',
      `${printable(bucket.urlOf(name))} exists already, and is not replaced.`,
      {
        hint: 'Choose another key, move the old object away, or give --overwrite.',
      },
    );
  }
}
