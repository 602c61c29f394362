import { messageOf } from '../../core/errors.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { Bucket } from '../../s3/bucket.ts';
import { UnderWay } from './under-way.ts';

/** What one request removes at most, as S3 has it. */
const BATCH = 1000;
const BATCHES = 4;

/** How often what came meanwhile is removed too: requests of a process that has been killed may still take effect. */
export const PASSES = 5;

/**
 * Removes the objects whose keys `use` hands over, by the batch, several batches at a time. When it fails, no removal is under way
 * any more.
 */
export async function removeEach(
  bucket: Bucket,
  use: (remove: (key: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const underWay = new UnderWay(BATCHES);
  let keys: string[] = [];
  const flush = async (): Promise<void> => {
    const batch = keys;
    keys = [];
    if (batch.length > 0) await underWay.run(() => bucket.remove(batch));
  };
  try {
    await use(async (key) => {
      keys.push(key);
      if (keys.length === BATCH) await flush();
    });
    await flush();
  } catch (error) {
    await underWay.settle().catch(() => {});
    throw error;
  }
  await underWay.settle();
}

/** Removes every object whose key begins with `root`, and every upload there that was not ended, but not the object `except`. */
export async function removeBelow(
  bucket: Bucket,
  root: string,
  reporter: Reporter,
  except?: string,
): Promise<void> {
  await abortUploads(bucket, root, reporter);
  for (let pass = 0, found = true; found && pass < PASSES; pass += 1) {
    found = false;
    await removeEach(bucket, async (remove) => {
      for await (const { key } of bucket.list(root)) {
        if (key === except) continue;
        found = true;
        await remove(key);
      }
    });
  }
}

/** Ends the uploads below `root` that were begun and not ended. */
export async function abortUploads(
  bucket: Bucket,
  root: string,
  reporter: Reporter,
  isOurs: (key: string) => boolean = () => true,
): Promise<void> {
  try {
    for await (const upload of bucket.unfinishedUploads(root))
      if (isOurs(upload.key)) await bucket.abortUpload(upload);
  } catch (error) {
    // Not every service and not every policy lets them be listed, and most restores leave none.
    reporter.warning(
      `Whether unfinished uploads are left under ${bucket.urlOf(root)} cannot be seen: ${messageOf(error)}`,
    );
  }
}
