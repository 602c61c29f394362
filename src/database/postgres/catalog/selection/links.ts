import type { LinkedObject } from '../../../../core/selection.ts';
import type { Dependencies } from '../order/dependencies.ts';
import type { SchemaObject } from '../object.ts';

/** How objects hang together, for choosing some of them. */
export function linkObjects(
  objects: readonly SchemaObject[],
  dependencies: Dependencies,
): Map<SchemaObject, LinkedObject<SchemaObject>> {
  const attached = attachedWholes(objects, dependencies);
  const idOf = new Map(objects.map((object) => [object.id, object]));
  return new Map(
    objects.map((object) => {
      // Default privileges hang on a schema; whoever chooses a table does not choose them.
      const wholes = [...dependencies.partOf(object)].filter(({ kind }) => kind !== 'SCHEMA');
      const required = dependencies.requiredBy(object);
      const isLoose = (whole: SchemaObject) => attached.get(object)?.has(whole) === true;
      const companions = new Set((object.comesWith ?? []).flatMap((id) => dependencies.ownerOf(id) ?? []));
      const partOf = wholes.filter(
        (whole) => required.has(whole) && !isLoose(whole) && !companions.has(whole),
      );
      const completed = (object.completes ?? []).flatMap((id) => idOf.get(id) ?? []);
      const comesWith = new Set([
        ...wholes.filter((whole) => !partOf.includes(whole)),
        ...completed,
        ...companions,
      ]);
      for (const whole of [object, ...partOf]) comesWith.delete(whole);
      const needs = [...required].filter((needed) => !partOf.includes(needed) && !isLoose(needed));
      const { kind, schema, name, table = null } = object;
      return [object, { id: object, kind, schema, name, table, needs, partOf, comesWith: [...comesWith] }];
    }),
  );
}

/** What is attached by an object of its own, a partition or a partition's index, can stand without it. */
function attachedWholes(
  objects: readonly SchemaObject[],
  dependencies: Dependencies,
): Map<SchemaObject, Set<SchemaObject>> {
  const attached = new Map<SchemaObject, Set<SchemaObject>>();
  for (const object of objects) {
    if (!isAttachment(object)) continue;
    const sides = dependencies.partOf(object);
    for (const side of sides) {
      const others = attached.get(side) ?? new Set();
      for (const other of sides) others.add(other);
      attached.set(side, others);
    }
  }
  return attached;
}

function isAttachment({ kind }: SchemaObject): boolean {
  return kind === 'TABLE ATTACH' || kind === 'INDEX ATTACH';
}
