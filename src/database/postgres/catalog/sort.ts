import { HoldfastError } from '../../../core/errors.ts';
import { detach, type Graph } from './graph.ts';
import type { SchemaObject, Section } from './object.ts';

const SECTIONS: readonly Section[] = ['pre-data', 'post-data', 'after-privileges'];

/**
 * The objects in an order in which each comes after all it needs. Objects that are free to come next come by section,
 * then by `rankOf`, schema, name and table: never by oid, so that two databases that are alike give the same order.
 * A loop is broken by taking an inlined object out of its place, else by a stand-in.
 *
 * @throws HoldfastError `failed` naming the objects of a loop that cannot be broken
 */
export function sortObjects(graph: Graph, rankOf: (object: SchemaObject) => number): SchemaObject[] {
  const inPlace = graph.objects.toSorted(
    (a, b) => sectionRank(graph, a) - sectionRank(graph, b) || rankOf(a) - rankOf(b) || byName(a, b),
  );
  const position = new Map(inPlace.map((object, index) => [object, index]));
  const sorted: SchemaObject[] = [];
  const done = new Set<SchemaObject>();
  while (sorted.length < inPlace.length) {
    appendFree(graph, inPlace, position, done, sorted);
    if (sorted.length < inPlace.length) breakLoop(graph, findLoop(graph, inPlace, position, done));
  }
  return sorted;
}

/** Appends all objects that can come without breaking a loop (Kahn's algorithm, taking the first in place each time). */
function appendFree(
  graph: Graph,
  inPlace: readonly SchemaObject[],
  position: ReadonlyMap<SchemaObject, number>,
  done: Set<SchemaObject>,
  sorted: SchemaObject[],
): void {
  const waiting = new Map<SchemaObject, number>();
  const after = new Map<SchemaObject, SchemaObject[]>();
  const free: number[] = [];
  for (const [index, object] of inPlace.entries()) {
    if (done.has(object)) continue;
    const missing = [...(graph.before.get(object) ?? [])].filter((needed) => !done.has(needed));
    waiting.set(object, missing.length);
    for (const needed of missing) {
      const dependents = after.get(needed);
      if (dependents === undefined) after.set(needed, [object]);
      else dependents.push(object);
    }
    if (missing.length === 0) pushHeap(free, index);
  }
  for (let index = popHeap(free); index !== undefined; index = popHeap(free)) {
    const object = inPlace[index] as SchemaObject;
    sorted.push(object);
    done.add(object);
    for (const dependent of after.get(object) ?? []) {
      const missing = (waiting.get(dependent) ?? 0) - 1;
      waiting.set(dependent, missing);
      if (missing === 0) pushHeap(free, position.get(dependent) ?? 0);
    }
  }
}

/** A loop among the objects left, each needing the next; they all wait for each other, so following needs meets one. */
function findLoop(
  graph: Graph,
  inPlace: readonly SchemaObject[],
  position: ReadonlyMap<SchemaObject, number>,
  done: ReadonlySet<SchemaObject>,
): SchemaObject[] {
  const path: SchemaObject[] = [];
  const seenAt = new Map<SchemaObject, number>();
  let at = inPlace.find((object) => !done.has(object)) as SchemaObject;
  while (!seenAt.has(at)) {
    seenAt.set(at, path.length);
    path.push(at);
    at = [...(graph.before.get(at) ?? [])]
      .filter((needed) => !done.has(needed))
      .reduce((a, b) => ((position.get(a) ?? 0) < (position.get(b) ?? 0) ? a : b));
  }
  return path.slice(seenAt.get(at));
}

function breakLoop(graph: Graph, loop: readonly SchemaObject[]): void {
  const edges = loop.map((object, i) => ({ object, needed: loop[(i + 1) % loop.length] as SchemaObject }));
  const inlined = edges.find(({ object, needed }) => graph.inliners.get(needed) === object);
  if (inlined !== undefined) {
    detach(graph, inlined.needed);
    return;
  }
  for (const { object, needed } of edges) {
    const standIn = needed.standIn === undefined ? undefined : graph.byId.get(needed.standIn);
    if (standIn === undefined || standIn === object) continue;
    graph.before.get(object)?.delete(needed);
    graph.before.get(object)?.add(standIn);
    return;
  }
  throw new HoldfastError('failed', `these objects need each other: ${loop.map(describe).join(', ')}`, {
    hint: 'No order of statements makes them again. Change one of them so that it does not need the others.',
  });
}

function describe(object: SchemaObject): string {
  const name = object.schema === null ? object.name : `${object.schema}.${object.name}`;
  return `${object.kind.toLowerCase()} ${name}${object.table === undefined ? '' : ` on ${object.table}`}`;
}

function sectionRank(graph: Graph, object: SchemaObject): number {
  return SECTIONS.indexOf(graph.sections.get(object) ?? object.section);
}

function byName(a: SchemaObject, b: SchemaObject): number {
  return (
    compareText(a.schema ?? '', b.schema ?? '') ||
    compareText(a.name, b.name) ||
    compareText(a.table ?? '', b.table ?? '')
  );
}

/** By code units: the same on every machine, whatever its locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function pushHeap(heap: number[], value: number): void {
  let at = heap.push(value) - 1;
  for (let up = (at - 1) >> 1; at > 0 && (heap[up] as number) > value; at = up, up = (at - 1) >> 1) {
    heap[at] = heap[up] as number;
  }
  heap[at] = value;
}

function popHeap(heap: number[]): number | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (let down = 1; down < heap.length; down = 2 * at + 1) {
    if (down + 1 < heap.length && (heap[down + 1] as number) < (heap[down] as number)) down += 1;
    if ((heap[down] as number) >= last) break;
    heap[at] = heap[down] as number;
    at = down;
  }
  heap[at] = last;
  return first;
}
