import { HoldfastError, messageOf, Unfinished } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { listContent } from './content.ts';
import { PASSES, removeBelow, removeEach } from './removal.ts';
import type { SwapOptions } from './swap-options.ts';
import { hasEtag, readOld, readRestored } from './tables.ts';

/**
 * After a swap that was complete: removes what was there before, what is staged and what was put aside.
 * @throws HoldfastError `failed` when the swap was not complete; Unfinished when what was there before is still there
 */
export async function finishSwap(options: SwapOptions): Promise<void> {
  const { bucket, stage, name, reporter } = options;
  if ((await bucket.head(stage.swapped)) === null) {
    // All was removed before.
    for await (const _ of bucket.list(stage.root, { limit: 1 })) throw incomplete(name);
    return;
  }
  const old = await bucket.head(stage.oldInventory);
  if (old !== null) {
    try {
      if (old.size > 0) await removeOld(options);
    } catch (cause) {
      // The application would find them, unlike what lies under the restore's own prefix.
      throw new Unfinished(
        `All that is restored is in ${printable(name)}, but so is what was there before under other keys: ${messageOf(cause)}`,
        { cause, hint: 'When that is mended, this removes it: holdfast restore --recover' },
      );
    }
    await bucket.remove([stage.oldInventory]);
  }
  await removeBelow(bucket, stage.root, reporter, stage.swapped);
  await bucket.remove([stage.swapped]);
}

/** Removes what the archive does not have. What users have written since stays. */
async function removeOld({ bucket, stage }: SwapOptions): Promise<void> {
  const restored = await readRestored(bucket, stage);
  const old = await readOld(bucket, stage);
  // Some services may leave objects out of a listing during which others are removed.
  for (let pass = 0, found = true; found && pass < PASSES; pass += 1) {
    found = false;
    await removeEach(bucket, async (remove) => {
      for await (const { path, object } of listContent(bucket, stage.prefix)) {
        if (restored.get(path) !== null) continue;
        const row = old.get(path);
        if (row === null || !hasEtag(row, object)) continue;
        found = true;
        await remove(object.key);
      }
    });
  }
}

function incomplete(name: string): HoldfastError {
  return new HoldfastError('failed', `The restored files are not all in ${printable(name)}.`);
}
