import type { ObjectId, SchemaObject } from '../../../../src/database/postgres/catalog/object.ts';
import { createGraph, type Graph } from '../../../../src/database/postgres/catalog/order/graph.ts';

/** An object `t:<number>` called after its number, with whatever a test is about. */
export function object(number: number, rest: Partial<SchemaObject> = {}): SchemaObject {
  const name = `o${number}`;
  return {
    id: `t:${number}`,
    kind: 'TABLE',
    schema: 's',
    name,
    section: 'pre-data',
    statements: () => [],
    ...rest,
  };
}

/** The graph of `objects` in which each one needs what `needs` lists for it, by numbers. */
export function graphOf(objects: readonly SchemaObject[], needs: Readonly<Record<number, number[]>>): Graph {
  const byId = new Map<ObjectId, SchemaObject>(objects.map((o) => [o.id, o]));
  return createGraph(objects, ({ id }) =>
    (needs[Number(id.slice(2))] ?? []).map((number) => byId.get(`t:${number}`) as SchemaObject),
  );
}

export function namesOf(objects: readonly SchemaObject[]): string[] {
  return objects.map(({ name }) => name);
}
