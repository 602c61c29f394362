import { HoldfastError } from '../../core/errors.ts';
import { formatCount } from '../../core/format.ts';
import { printable } from '../../core/printable.ts';
import { isOfChange } from '../../s3/errors.ts';
import type { ListedObject } from '../../s3/types.ts';
import { type ContentObject, listContent } from './content.ts';
import { readInventory, readRange } from './inventory.ts';
import type { KeyTable } from './key-table.ts';
import { abortUploads, removeBelow, removeEach } from './removal.ts';
import { COPIES, type SwapOptions } from './swap-options.ts';
import { addSwapped, BACK, etagPrint, hasEtag, NUMBER, readOld, readRestored, SEEN } from './tables.ts';
import { forEachOf } from './under-way.ts';

/** How often what has changed meanwhile is put right, before something is held to write there all the time. */
const PASSES = 10;

/** How much of two objects is compared at a time. */
const RANGE_BYTES = 2 ** 20;

/**
 * At any point of a swap, of its undoing, and after them: the final keys hold what they held before, and all that the
 * restore has made is gone.
 */
export async function undoSwap(options: SwapOptions): Promise<void> {
  const { bucket, stage, reporter } = options;
  if ((await bucket.head(stage.oldInventory)) !== null) {
    await new Undo(options).run();
    // What was put aside is not needed any more: whoever undoes this once more has nothing to bring back.
    await bucket.remove([stage.oldInventory]);
  }
  await removeBelow(bucket, stage.root, reporter);
}

/** What is to become of an object under a final key. */
type Verdict = 'in place' | 'ours' | 'of users';

class Undo {
  readonly #options: SwapOptions;
  /** Keys among what is kept that are not free any more. */
  readonly #taken = new Set<string>();
  #pass = 0;
  #kept = 0;
  #example = '';

  constructor(options: SwapOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { bucket, stage, name, reporter } = this.#options;
    const restored = await readRestored(bucket, stage);
    await addSwapped(restored, bucket, stage);
    const old = await readOld(bucket, stage);
    await this.#abortCopies();
    await this.#bringBack(restored, old);
    // Copies that a killed process has asked for may still be made: without their source they cannot begin.
    await removeBelow(bucket, stage.restored, reporter);
    await this.#bringBack(restored, old);
    if (this.#kept === 0) return;
    reporter.warning(
      `Something was written into ${printable(name)} after the restored files had come there: ` +
        `${formatCount(this.#kept, 'object')}, for one ${printable(this.#example)}. ` +
        `As the restore is undone, it is kept in ${printable(bucket.urlOf(stage.kept))}.`,
    );
  }

  /** Ends the copies in parts that a killed process had begun: they are under the final keys, and no others are touched. */
  async #abortCopies(): Promise<void> {
    const { bucket, stage, reporter, copyPartsAbove } = this.#options;
    const keys = new Set<string>();
    for (const inventory of [stage.restoredInventory, stage.oldInventory]) {
      for await (const { path, size } of readInventory(bucket, inventory))
        if (size > copyPartsAbove) keys.add(stage.prefix + path);
    }
    if (keys.size > 0) await abortUploads(bucket, stage.prefix, reporter, (key) => keys.has(key));
    await abortUploads(bucket, stage.kept, reporter);
  }

  /** Until there is nothing to do. */
  async #bringBack(restored: KeyTable, old: KeyTable): Promise<void> {
    for (let changes = -1, passes = 0; changes !== 0; passes += 1) {
      if (passes === PASSES) throw this.#neverQuiet();
      this.#pass += 1;
      changes = (await this.#clear(restored, old)) + (await this.#putBack(old));
    }
  }

  /** Takes away, or keeps elsewhere, what is not the old state. Returns how many objects that were. */
  async #clear(restored: KeyTable, old: KeyTable): Promise<number> {
    const { bucket, stage } = this.#options;
    let changes = 0;
    await removeEach(bucket, async (remove) => {
      await forEachOf(listContent(bucket, stage.prefix), COPIES, async (content) => {
        const row = old.get(content.path);
        const verdict = await this.#settle(content, restored, old);
        if (verdict !== 'in place') changes += 1;
        // What was there before is copied over the others.
        if (verdict === 'in place' || verdict === 'changing') row?.set([this.#pass], SEEN);
        else if (row === null) await remove(content.object.key);
      });
    });
    return changes;
  }

  /** Judges an object, and keeps it elsewhere if it is of users. What is written or removed meanwhile is for the next pass. */
  async #settle(content: ContentObject, restored: KeyTable, old: KeyTable): Promise<Verdict | 'changing'> {
    const { bucket, stage } = this.#options;
    const { object, path } = content;
    try {
      const verdict = await this.#judge(content, restored, old);
      if (verdict !== 'of users') return verdict;
      await bucket.copy(object, await stage.keptKey(path, bucket, this.#taken));
      this.#kept += 1;
      this.#example = path;
      return verdict;
    } catch (error) {
      if (!isOfChange(error)) throw error;
      this.#example = path;
      return 'changing';
    }
  }

  async #judge({ path, object }: ContentObject, restored: KeyTable, old: KeyTable): Promise<Verdict> {
    const { stage } = this.#options;
    const before = old.get(path);
    const after = restored.get(path);
    const isOurs = after !== null && hasEtag(after, object);
    if (before !== null) {
      // What the archive does not have was not touched.
      if (after === null) return 'in place';
      if (before[BACK] === etagPrint(object.etag)) return 'in place';
      // An ETag tells the content, and the restore may have changed the rest of an object with the same content.
      if (hasEtag(before, object)) return isOurs ? 'ours' : 'in place';
    }
    if (isOurs) return 'ours';
    // Copies of large objects, and all of some encrypted buckets, have ETags that nobody knows before.
    if (after !== null && (await this.#isSame(object, after, stage.restored))) return 'ours';
    if (before !== null && (await this.#isSame(object, before, stage.old))) return 'ours';
    return 'of users';
  }

  /** Whether an object has the content of the one that a row tells of. */
  async #isSame(object: ListedObject, row: Uint32Array, root: string): Promise<boolean> {
    const { bucket } = this.#options;
    const other = await bucket.head(`${root}${row[NUMBER]}`);
    if (other?.size !== object.size) return false;
    for (let start = 0; start < object.size; start += RANGE_BYTES) {
      const end = Math.min(start + RANGE_BYTES, object.size);
      const [one, two] = await Promise.all([
        readRange(bucket, object, start, end),
        readRange(bucket, other, start, end),
      ]);
      if (!one.equals(two)) return false;
    }
    return true;
  }

  /** Copies back what is not in place. Returns how many objects that were. */
  async #putBack(old: KeyTable): Promise<number> {
    const { bucket, stage } = this.#options;
    let changes = 0;
    const inventory = readInventory(bucket, stage.oldInventory);
    await forEachOf(inventory, COPIES, async ({ path, number, size, copy }) => {
      if (copy === undefined || old.get(path)?.[SEEN] === this.#pass) return;
      changes += 1;
      const aside = { key: stage.old + number, etag: copy, size, modified: new Date(0) };
      const { etag } = await bucket.copy(aside, stage.prefix + path, { unchecked: true });
      old.get(path)?.set([etagPrint(etag)], BACK);
    });
    return changes;
  }

  #neverQuiet(): HoldfastError {
    const { name } = this.#options;
    return new HoldfastError(
      'failed',
      `${printable(name)} cannot be put back as it was: something writes there all the time, for one ${printable(this.#example)}.`,
      { hint: 'Stop what writes there, then run holdfast restore --recover.' },
    );
  }
}
