import type { Bucket } from '../../s3/bucket.ts';
import { isOfChange } from '../../s3/errors.ts';
import type { ListedObject } from '../../s3/types.ts';
import { listContent } from './content.ts';
import { InventoryWriter } from './inventory.ts';
import type { KeyTable } from './key-table.ts';
import { COPIES, noLongerEmpty, type SwapOptions } from './swap-options.ts';
import { requireThere } from './require-there.ts';
import { etagPrint, makeOldTable } from './tables.ts';
import { forEachOf } from './under-way.ts';

/** How often one object that is written to again and again is put aside. */
const ATTEMPTS = 4;

/**
 * Copies aside what is going to be overwritten, and writes an inventory of all that is there: from then on an undo can bring it back.
 * @throws HoldfastError `failed` when there is something and may not be
 */
export async function putAside(
  { bucket, stage, name, replace }: SwapOptions,
  restored: KeyTable,
): Promise<KeyTable> {
  const table = makeOldTable();
  const inventory = new InventoryWriter(bucket, stage.oldInventory);
  let count = 0;
  const copied = { count: 0, bytes: 0 };
  await forEachOf(listContent(bucket, stage.prefix), COPIES, async ({ path, object }) => {
    if (!replace) throw noLongerEmpty(name);
    count += 1;
    const number = count;
    const isOverwritten = restored.get(path) !== null;
    const found = isOverwritten ? await copyAsItIs(bucket, object, stage.old + number) : { object };
    if (found === null) return;
    const { etag, size } = found.object;
    const copy = 'copy' in found ? found.copy : undefined;
    if (copy !== undefined) {
      copied.count += 1;
      copied.bytes += size;
    }
    const copyPrint = copy === undefined ? 0 : etagPrint(copy);
    table.set(path, [number, etagPrint(etag), copyPrint, 0, 0]);
    await inventory.add({ path, number, etag, size, ...(copy === undefined ? {} : { copy }) });
  });
  await requireThere(bucket, stage.old, copied);
  await inventory.complete();
  return table;
}

/** Copies an object in the state that it has by now; null when it is gone. */
async function copyAsItIs(
  bucket: Bucket,
  listed: ListedObject,
  key: string,
): Promise<{ readonly object: ListedObject; readonly copy: string } | null> {
  let object: ListedObject | null = listed;
  for (let attempt = 1; object !== null; attempt += 1) {
    try {
      return { object, copy: (await bucket.copy(object, key, { unchecked: true })).etag };
    } catch (error) {
      if (attempt === ATTEMPTS || !isOfChange(error)) throw error;
      object = await bucket.head(object.key);
    }
  }
  return null;
}
