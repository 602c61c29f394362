import { detach, type Graph } from './graph.ts';
import type { SchemaObject } from '../object.ts';

/**
 * Gives each object a section that none of the objects it needs comes after. What is needed before the rows moves
 * there (a primary key that a function's body groups by); but when a part alone needs something of a later section (a
 * view's query grouping by a primary key), the part is taken out of its object and follows later.
 */
export function assignSections(graph: Graph): void {
  for (const object of graph.objects) {
    if (graph.sections.get(object) === 'pre-data' && !graph.inliners.has(object)) moveForward(graph, object);
  }
  for (const inlined of graph.inliners.keys()) {
    const needed = reachable(graph, inlined);
    if (graph.sections.get(inlined) !== 'pre-data' || !needed.some((o) => isLate(graph, o))) continue;
    detach(graph, inlined);
    graph.sections.set(inlined, 'post-data');
  }
}

function isLate(graph: Graph, object: SchemaObject): boolean {
  return graph.sections.get(object) !== 'pre-data';
}

function moveForward(graph: Graph, object: SchemaObject): void {
  for (const needed of reachable(graph, object)) graph.sections.set(needed, 'pre-data');
}

/** What `object` needs, directly or not, without what is a part of the objects on the way. */
function reachable(graph: Graph, object: SchemaObject): SchemaObject[] {
  const found = new Set<SchemaObject>();
  const open = [object];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const needed of graph.before.get(at) ?? []) {
      if (graph.inliners.get(needed) === at || found.has(needed)) continue;
      found.add(needed);
      open.push(needed);
    }
  }
  return [...found];
}
