import type { Reporter } from '../../core/reporter.ts';
import { type Bucket, openBucket } from '../../s3/bucket.ts';
import { formatS3Location } from '../../s3/location.ts';
import type { StorageSource, StorageSourceOptions } from '../storage.ts';
import { ListedSample } from './listed-sample.ts';
import { listItems } from './listing.ts';
import { type ObjectReader, openObject, RANGE_BYTES } from './open-object.ts';
import { parsePlace } from './place.ts';
import { ReadFailures } from './read-failures.ts';
import { TagReader } from './tags.ts';

/** How many requests for objects are under way at a time, and what they and those that wait for their turn hold. */
const AHEAD_FILES = 64;
const AHEAD_BYTES = 8 * 2 ** 20;

/**
 * Opens the objects below a prefix for reading.
 * @throws HoldfastError `failed` when they cannot be listed
 */
export async function openS3Source(options: StorageSourceOptions): Promise<StorageSource> {
  const { reporter, signal, exclude } = options;
  const location = parsePlace(options.location);
  const name = formatS3Location(location);
  const prefix = location.key;
  const bucket = await openBucket(location, { signal, reporter });
  try {
    await warnWhenNothing(bucket, prefix, name, reporter);
  } catch (error) {
    bucket.close();
    throw error;
  }
  const failures = new ReadFailures();
  const sample = new ListedSample();
  const reader: ObjectReader = {
    bucket,
    prefix,
    signal,
    failures,
    tags: new TagReader(bucket, name, reporter),
  };
  return {
    name,
    root: null,
    readAhead: {
      files: AHEAD_FILES,
      bytes: AHEAD_BYTES,
      holds: (size) => Math.min(size, RANGE_BYTES),
    },
    list: (onProblem) => listItems({ bucket, prefix, exclude, sample, reporter, signal }, onProblem),
    open: (item) => openObject(reader, item),
    isReplaced: () => sample.isReplaced(bucket, prefix),
    close: async () => bucket.close(),
  };
}

/** An application without uploads is as possible as a prefix with a mistake in it. */
async function warnWhenNothing(
  bucket: Bucket,
  prefix: string,
  name: string,
  reporter: Reporter,
): Promise<void> {
  for await (const _ of bucket.list(prefix, { limit: 1 })) return;
  reporter.warning(
    prefix === ''
      ? `the bucket ${name} is empty`
      : `there is nothing under ${name}: look whether the prefix is right`,
  );
}
