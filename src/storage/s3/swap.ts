import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { firstContent, listContent } from './content.ts';
import { InventoryWriter, readInventory } from './inventory.ts';
import type { KeyTable } from './key-table.ts';
import { putAside } from './put-aside.ts';
import { COPIES, noLongerEmpty, type SwapOptions } from './swap-options.ts';
import { ETAG, etagPrint, hasEtag, NUMBER, OTHER_ETAG, readRestored, SEEN } from './tables.ts';
import { forEachOf } from './under-way.ts';

/**
 * Puts what is staged under its final keys. S3 has no rename and no way to change two objects in one step, so what is going to be
 * overwritten is copied aside first. What the archive does not have stays until the restore is finished. The bucket tells how far
 * all that has come:
 *
 * | old.jsonl | swapped.jsonl | |
 * | --- | --- | --- |
 * | | | no final key was touched |
 * | there | | some final keys may hold what is restored |
 * | there | there | all final keys hold what is restored |
 * | | there | and what was there before has been removed |
 *
 * Each of the two is written in one step, once everything before it is done.
 */
export async function swapIn(options: SwapOptions): Promise<void> {
  const restored = await readRestored(options.bucket, options.stage);
  const old = await putAside(options, restored);
  try {
    await requireUnchanged(options, old);
  } catch (error) {
    // No final key was touched yet: what users have written there stays.
    await options.bucket.remove([options.stage.oldInventory]);
    throw error;
  }
  await putInPlace(options, restored);
  await confirm(options, restored, old);
}

/** @throws HoldfastError `failed` when there is something below the prefix */
export async function requireEmpty({ bucket, stage, name }: SwapOptions): Promise<void> {
  if ((await firstContent(bucket, stage.prefix)) !== null) throw noLongerEmpty(name);
}

/** @throws HoldfastError `failed` when there is something else than what was put aside: it would be lost */
async function requireUnchanged({ bucket, stage, name }: SwapOptions, old: KeyTable): Promise<void> {
  for await (const { path, object } of listContent(bucket, stage.prefix)) {
    const row = old.get(path);
    if (row === null || !hasEtag(row, object)) throw writtenMeanwhile(name, path);
  }
}

async function putInPlace({ bucket, stage, reporter }: SwapOptions, restored: KeyTable): Promise<void> {
  const inventory = readInventory(bucket, stage.restoredInventory);
  await forEachOf(inventory, COPIES, async ({ path, number, etag, size }) => {
    const staged = { key: stage.restored + number, etag, size, modified: new Date(0) };
    const copied = await bucket.copy(staged, stage.prefix + path, { unchecked: true });
    restored.get(path)?.set([etagPrint(copied.etag)], OTHER_ETAG);
    reporter.progress(size, printable(path));
  });
}

/**
 * Looks whether the final keys hold what is restored, and the others what they held, and writes down that they do.
 * @throws HoldfastError `failed` when they do not
 */
async function confirm(
  { bucket, stage, name }: SwapOptions,
  restored: KeyTable,
  old: KeyTable,
): Promise<void> {
  const differing = new InventoryWriter(bucket, stage.swapped);
  let count = 0;
  for await (const { path, object } of listContent(bucket, stage.prefix)) {
    const row = restored.get(path);
    const expected = row ?? old.get(path);
    if (expected === null || !hasEtag(expected, object)) throw writtenMeanwhile(name, path);
    if (row === null) continue;
    row[SEEN] = 1;
    count += 1;
    const { etag, size } = object;
    if (etagPrint(etag) !== row[ETAG]) await differing.add({ path, number: row[NUMBER]!, etag, size });
  }
  if (count !== restored.size) throw await missing({ bucket, stage }, restored);
  await differing.complete();
}

async function missing(
  { bucket, stage }: Pick<SwapOptions, 'bucket' | 'stage'>,
  restored: KeyTable,
): Promise<HoldfastError> {
  let example = '';
  for await (const { path } of readInventory(bucket, stage.restoredInventory)) {
    if (restored.get(path)?.[SEEN] === 1) continue;
    example = stage.prefix + path;
    break;
  }
  return new HoldfastError(
    'failed',
    `The service has copied ${bucket.urlOf(example)}, but it is not there.`,
    {
      hint: 'Look whether something else removes objects there (an application, a lifecycle rule), then restore again.',
    },
  );
}

function writtenMeanwhile(name: string, path: string): HoldfastError {
  return new HoldfastError(
    'failed',
    `${printable(path)} was written into ${printable(name)} while the restored files were put in place.`,
    { hint: 'Stop what writes there, then restore again.' },
  );
}
