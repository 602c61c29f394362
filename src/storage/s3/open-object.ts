import { HoldfastError } from '../../core/errors.ts';
import type { Bucket } from '../../s3/bucket.ts';
import { ChangedObject, ServiceError } from '../../s3/errors.ts';
import { ObjectContent, readExactly } from './object-content.ts';
import type { ObjectAttributes, ObjectFacts } from '../../s3/types.ts';
import type { OpenedFile, StorageItem } from '../storage.ts';
import type { ReadFailures } from './read-failures.ts';
import type { TagReader } from './tags.ts';
import { itemOf } from './listing.ts';

/** Objects up to so many bytes are read whole by one request; larger ones by ranges of as many. */
export const RANGE_BYTES = 4 * 2 ** 20;

/** How many ranges of one object are under way at a time. */
const RANGES = 3;

/** How often the beginning of an object that keeps changing is read. */
const ATTEMPTS = 4;

export interface ObjectReader {
  readonly bucket: Bucket;
  readonly prefix: string;
  readonly signal: AbortSignal;
  readonly tags: TagReader;
  readonly failures: ReadFailures;
}

/** An object's beginning, all of it where it is small. */
interface Beginning {
  readonly object: ObjectFacts;
  readonly head: Buffer;
  readonly tags: ObjectAttributes['tags'];
}

/**
 * Opens one object as it is now, whatever it was when it was listed, and reads its beginning.
 * @throws LostStorage; HoldfastError `failed` with a clause about this object
 */
export async function openObject(reader: ObjectReader, item: StorageItem): Promise<OpenedFile> {
  const { failures, signal } = reader;
  try {
    const opened = await open(reader, item);
    failures.succeed();
    return opened;
  } catch (error) {
    signal.throwIfAborted();
    throw failures.explain(error);
  }
}

async function open(reader: ObjectReader, { path, size }: StorageItem): Promise<OpenedFile> {
  const { bucket, signal, failures } = reader;
  const text = path.toString();
  const { object, head, tags } = await readBeginning(reader, reader.prefix + text, size);
  const metadata = { ...object.attributes, ...(tags === undefined ? {} : { tags }) };
  const content = new ObjectContent({
    bucket,
    object,
    head,
    rangeBytes: RANGE_BYTES,
    ranges: RANGES,
    signal,
    explain: (error) => failures.explain(error),
  });
  return {
    content,
    item: { ...itemOf(text, object), ...(Object.keys(metadata).length === 0 ? {} : { metadata }) },
    // Every range was asked for with the object's ETag: what came is one state, or `content` has failed.
    check: async () => (content.readableEnded ? null : 'was not read to its end'),
  };
}

/** One that changes between the answer and its last byte is opened anew, and so is one that has grown beyond what is held. */
async function readBeginning(reader: ObjectReader, key: string, listedSize: number): Promise<Beginning> {
  let size = listedSize;
  for (let attempt = 1; ; attempt++) {
    const range = size > RANGE_BYTES ? { start: 0, end: RANGE_BYTES } : undefined;
    try {
      const object = await reader.bucket.open(key, { range });
      if (range !== undefined || object.size <= RANGE_BYTES) {
        const head = await readExactly(object, Math.min(object.size, RANGE_BYTES));
        return { object, head, tags: await reader.tags.read(object) };
      }
      object.content.destroy();
      size = object.size;
    } catch (error) {
      if (!hasChanged(error) || attempt === ATTEMPTS) throw error;
      // Whatever size it has now: the answer tells.
      size = 0;
    }
    if (attempt === ATTEMPTS) throw new HoldfastError('failed', 'changed each time it was read');
  }
}

/** True also for one that was large when it was listed and is empty now: it has no first bytes to ask for. */
function hasChanged(error: unknown): boolean {
  return error instanceof ChangedObject || (error instanceof ServiceError && error.reason === 'InvalidRange');
}
