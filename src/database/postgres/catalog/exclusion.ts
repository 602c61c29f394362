import { HoldfastError } from '../../../core/errors.ts';
import type { Dependencies } from './dependencies.ts';
import type { SchemaObject } from './object.ts';

/**
 * The objects that stay when those for which `isExcluded` holds are left out, tables as a rule, with everything that is a part of
 * them: indexes, constraints, foreign keys that point to them, triggers, rules, policies, owned sequences, partitions.
 *
 * @throws HoldfastError `usage` naming an object that stays but needs one that is left out
 */
export function withoutTables(
  objects: readonly SchemaObject[],
  dependencies: Dependencies,
  isExcluded: (object: SchemaObject) => boolean,
): SchemaObject[] {
  const excluded = new Set(objects.filter(isExcluded));
  for (let size = -1; size !== excluded.size;) {
    size = excluded.size;
    for (const object of objects) {
      if ([...dependencies.partOf(object)].some((whole) => excluded.has(whole))) excluded.add(object);
    }
  }
  const staying = objects.filter((object) => !excluded.has(object));
  for (const object of staying) {
    const missing = [...dependencies.requiredBy(object)].find((needed) => excluded.has(needed));
    if (missing !== undefined) {
      throw new HoldfastError('usage', `${label(object)} needs ${label(missing)}, which is excluded`, {
        hint: 'Exclude only tables that nothing else needs, or leave out just the rows with --exclude-table-data.',
      });
    }
  }
  return staying;
}

function label({ kind, schema, name }: SchemaObject): string {
  return `${kind.toLowerCase()} ${schema === null ? name : `${schema}.${name}`}`;
}
