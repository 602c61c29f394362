import type { ObjectId, SchemaObject, Section } from '../object.ts';

/** The objects of a schema with the edges that bind their order; what sections.ts and sort.ts work on. */
export interface Graph {
  readonly objects: readonly SchemaObject[];
  /** For each object the objects that come before it, those that it inlines among them. */
  readonly before: ReadonlyMap<SchemaObject, Set<SchemaObject>>;
  /** The object that each inlined object's text goes into. */
  readonly inliners: Map<SchemaObject, SchemaObject>;
  /** The section that each object goes into in the end. */
  readonly sections: Map<SchemaObject, Section>;
  readonly byId: ReadonlyMap<ObjectId, SchemaObject>;
  /** The stand-ins that loops were broken with. */
  readonly standIns: Set<SchemaObject>;
}

/** @param requiredBy the objects that must exist before an object, by the catalogs */
export function createGraph(
  objects: readonly SchemaObject[],
  requiredBy: (object: SchemaObject) => Iterable<SchemaObject>,
): Graph {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const before = new Map(objects.map((object) => [object, new Set<SchemaObject>()]));
  const inliners = new Map<SchemaObject, SchemaObject>();
  for (const object of objects) {
    for (const id of object.inlines ?? []) {
      const inlined = byId.get(id);
      if (inlined !== undefined) inliners.set(inlined, object);
    }
  }
  for (const object of objects) {
    for (const required of requiredBy(object)) {
      // A default needs its table by the catalogs; it is a part of it and comes first as long as it is inlined.
      if (inliners.get(object) !== required && byId.has(required.id)) before.get(object)?.add(required);
    }
    for (const id of object.follows ?? []) {
      const followed = byId.get(id);
      if (followed !== undefined) before.get(object)?.add(followed);
    }
  }
  for (const [inlined, inliner] of inliners) before.get(inliner)?.add(inlined);
  bindCompletions(objects, before, byId);
  const sections = new Map(objects.map((object) => [object, object.section]));
  return { objects, before, inliners, sections, byId, standIns: new Set() };
}

/** Lets `object` come before `needed`, after the stand-in of that. */
export function replaceByStandIn(
  graph: Graph,
  object: SchemaObject,
  needed: SchemaObject,
  standIn: SchemaObject,
): void {
  graph.before.get(object)?.delete(needed);
  graph.before.get(object)?.add(standIn);
  graph.standIns.add(standIn);
}

/** Puts what completes an object before all that needs the object, but for what it needs itself. */
function bindCompletions(
  objects: readonly SchemaObject[],
  before: ReadonlyMap<SchemaObject, Set<SchemaObject>>,
  byId: Graph['byId'],
): void {
  for (const completing of objects) {
    const completed = (completing.completes ?? []).flatMap((id) => byId.get(id) ?? []);
    if (completed.length === 0) continue;
    const needed = new Set([completing]);
    for (const at of needed) for (const other of before.get(at) ?? []) needed.add(other);
    for (const [object, others] of before) {
      if (!needed.has(object) && completed.some((other) => others.has(other))) others.add(completing);
    }
  }
}

/** Takes an inlined object out of its inliner's statement, to come after it by statements of its own. */
export function detach(graph: Graph, inlined: SchemaObject): void {
  const inliner = graph.inliners.get(inlined);
  if (inliner === undefined) return;
  graph.inliners.delete(inlined);
  graph.before.get(inliner)?.delete(inlined);
  graph.before.get(inlined)?.add(inliner);
}
