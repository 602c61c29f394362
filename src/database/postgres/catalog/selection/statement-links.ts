import type { LinkedObject } from '../../../../core/selection.ts';
import type { Statement } from '../../../engine.ts';
import type { SchemaObject } from '../object.ts';

/** More than any real object has: a comment line has 256 KiB. */
const MOST_LINKS = 4000;

/** A statement with the object that it belongs to; null for none. */
export interface OwnedStatement {
  readonly object: SchemaObject | null;
  readonly statement: Statement;
}

/**
 * Writes into statements which object they belong to, and into each object's first one what that hangs together with.
 * @param owned by script
 * @param inlinerOf the object that another one's text went into
 */
export function linkStatements(
  owned: readonly (readonly OwnedStatement[])[],
  links: ReadonlyMap<SchemaObject, LinkedObject<SchemaObject>>,
  inlinerOf: (object: SchemaObject) => SchemaObject | undefined,
): { statements: Statement[][]; numberOf(object: SchemaObject): number | undefined } {
  const written = (object: SchemaObject): SchemaObject => inlinerOf(object) ?? object;
  const numbers = new Map<SchemaObject, number>();
  for (const { object } of owned.flat()) {
    if (object !== null && !numbers.has(written(object))) numbers.set(written(object), numbers.size);
  }
  const inlined = new Map<SchemaObject, SchemaObject[]>();
  for (const object of links.keys()) {
    const inliner = inlinerOf(object);
    if (inliner === undefined) continue;
    const list = inlined.get(inliner);
    if (list === undefined) inlined.set(inliner, [object]);
    else list.push(object);
  }

  /** What stands for objects in statements: an object without any by what it hangs on itself. */
  function numbered(objects: Iterable<SchemaObject>): Set<SchemaObject> {
    const found = new Set<SchemaObject>();
    const seen = new Set<SchemaObject>();
    const open = [...objects];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const object = written(at);
      if (seen.has(object)) continue;
      seen.add(object);
      if (numbers.has(object)) found.add(object);
      else open.push(...(links.get(object)?.needs ?? []), ...(links.get(object)?.partOf ?? []));
    }
    return found;
  }

  /** Whether `part` comes by itself once all of `direct` are there. */
  function comesAlong(part: SchemaObject, direct: ReadonlySet<SchemaObject>, depth = 0): boolean {
    if (direct.has(part)) return true;
    const link = links.get(part);
    if (link === undefined || depth > 8) return false;
    const isThere = (whole: SchemaObject) => comesAlong(written(whole), direct, depth + 1);
    return link.partOf.length > 0 ? link.partOf.every(isThere) : link.comesWith.some(isThere);
  }

  function linksOf(object: SchemaObject): Record<'needs' | 'partOf' | 'comesWith', number[]> {
    const own = links.get(object);
    const partOf = numbered(own?.partOf ?? []);
    partOf.delete(object);
    const comesWith = numbered(own?.comesWith ?? []);
    const needs = numbered([
      ...(own?.needs ?? []),
      ...(inlined.get(object) ?? []).flatMap((part) => [...(links.get(part)?.needs ?? [])]),
    ]);
    for (const whole of [object, ...partOf]) needs.delete(whole);
    const others = new Set([object, ...partOf, ...needs]);
    for (const need of needs) {
      others.delete(need);
      if ((links.get(need)?.partOf.length ?? 0) > 0 && comesAlong(need, others)) needs.delete(need);
      else others.add(need);
    }
    const listed = (objects: Iterable<SchemaObject>) =>
      [...objects].map((other) => numbers.get(other) as number);
    return { needs: listed(needs), partOf: listed(partOf), comesWith: listed(comesWith) };
  }

  const told = new Set<number>();
  const link = ({ object: owner, statement }: OwnedStatement): Statement => {
    if (owner === null) return statement;
    const object = written(owner);
    const number = numbers.get(object) as number;
    if (told.has(number)) return { ...statement, object: number };
    told.add(number);
    const found = linksOf(object);
    const count = found.needs.length + found.partOf.length + found.comesWith.length;
    const { kind, schema, name, table = null } = object;
    // Without its lists an object cannot be chosen.
    const about = { kind, schema, name, table, ...(count <= MOST_LINKS && found) };
    return { ...statement, object: number, about };
  };
  return {
    statements: owned.map((list) => list.map(link)),
    numberOf: (object) => numbers.get(written(object)),
  };
}
