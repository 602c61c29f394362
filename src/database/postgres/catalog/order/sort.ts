import { HoldfastError } from '../../../../core/errors.ts';
import { detach, type Graph, replaceByStandIn } from './graph.ts';
import type { SchemaObject, Section } from '../object.ts';
import { WaitingObjects } from './waiting-objects.ts';

const SECTIONS: readonly Section[] = ['pre-data', 'post-data', 'after-privileges', 'last'];

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
  const waiting = new WaitingObjects(graph, inPlace);
  const sorted: SchemaObject[] = [];
  for (;;) {
    for (let object = waiting.take(); object !== undefined; object = waiting.take()) sorted.push(object);
    const first = waiting.first();
    if (first === undefined) return sorted;
    for (const object of breakLoop(graph, findLoop(waiting, first))) waiting.recount(object);
  }
}

/** A loop among the objects left, each needing the next; they all wait for each other, so following needs meets one. */
function findLoop(waiting: WaitingObjects, first: SchemaObject): SchemaObject[] {
  const path: SchemaObject[] = [];
  const seenAt = new Map<SchemaObject, number>();
  let at = first;
  while (!seenAt.has(at)) {
    seenAt.set(at, path.length);
    path.push(at);
    at = waiting.firstNeededBy(at);
  }
  return path.slice(seenAt.get(at));
}

/** Takes one of the loop's edges out of the graph; the objects that others come before now. */
function breakLoop(graph: Graph, loop: readonly SchemaObject[]): SchemaObject[] {
  const edges = loop.map((object, i) => ({ object, needed: loop[(i + 1) % loop.length] as SchemaObject }));
  const inlined = edges.filter(({ object, needed }) => graph.inliners.get(needed) === object);
  const detached = inlined.find((edge) => !isDomainCheck(edge)) ?? inlined[0];
  if (detached !== undefined && !isDomainCheck(detached)) {
    detach(graph, detached.needed);
    return [detached.object, detached.needed];
  }
  // A check that comes later is refused when a column holds the domain in an array or a row: better it names a stand-in.
  const candidates =
    detached === undefined ? edges : edges.filter(({ object }) => object === detached.needed);
  for (const { object, needed } of candidates) {
    const standIn = needed.standIn === undefined ? undefined : graph.byId.get(needed.standIn);
    if (standIn === undefined || standIn === object) continue;
    replaceByStandIn(graph, object, needed, standIn);
    return [object];
  }
  if (detached !== undefined) {
    detach(graph, detached.needed);
    return [detached.object, detached.needed];
  }
  throw new HoldfastError('failed', `these objects need each other: ${loop.map(describe).join(', ')}`, {
    hint: 'No order of statements makes them again. Change one of them so that it does not need the others.',
  });
}

function isDomainCheck({ object, needed }: { object: SchemaObject; needed: SchemaObject }): boolean {
  return object.kind === 'DOMAIN' && needed.kind === 'CHECK CONSTRAINT';
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
