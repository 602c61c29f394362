import { HoldfastError } from '../../../core/errors.ts';
import { labelOf } from '../../../core/selection.ts';
import type { SchemaObject } from './objects.ts';

/**
 * Refuses what is left of a file where a view or trigger no longer works that did before. Most of what they need is known, but
 * SQLite does not tell of a view that is read without a column of it, and archives of older versions do not tell what triggers use.
 * @throws HoldfastError `usage`
 */
export function refuseBroken(
  before: ReadonlyMap<number, SchemaObject>,
  after: ReadonlyMap<number, SchemaObject>,
): void {
  const now = new Map(Array.from(after.values(), (object) => [labelOf(object), object.faults]));
  for (const object of before.values()) {
    const faults = now.get(labelOf(object)) ?? [];
    const fault = faults.find((one, index) => one !== null && object.faults[index] === null);
    if (fault === undefined) continue;
    throw new HoldfastError('usage', `${labelOf(object)} does not work without what is left out: ${fault}`, {
      hint: 'Take that as well, or leave out both.',
    });
  }
}
