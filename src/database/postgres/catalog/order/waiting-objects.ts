import type { Graph } from './graph.ts';
import type { SchemaObject } from '../object.ts';

/** The objects that have not come yet: Kahn's algorithm, taking the first in place of those that are free each time. */
export class WaitingObjects {
  readonly #graph: Graph;
  readonly #inPlace: readonly SchemaObject[];
  readonly #position: ReadonlyMap<SchemaObject, number>;
  readonly #done = new Set<SchemaObject>();
  /** How many objects each one waits for. */
  readonly #missing = new Map<SchemaObject, number>();
  readonly #dependents = new Map<SchemaObject, Set<SchemaObject>>();
  /** A heap of the places of free objects. */
  readonly #free: number[] = [];
  #firstPlace = 0;

  /** @param inPlace the objects as they come when nothing binds their order */
  constructor(graph: Graph, inPlace: readonly SchemaObject[]) {
    this.#graph = graph;
    this.#inPlace = inPlace;
    this.#position = new Map(inPlace.map((object, index) => [object, index]));
    for (const object of inPlace) this.recount(object);
  }

  /** Takes an object that waits for none; undefined when there is none. */
  take(): SchemaObject | undefined {
    const place = popHeap(this.#free);
    if (place === undefined) return undefined;
    const object = this.#inPlace[place] as SchemaObject;
    this.#done.add(object);
    for (const dependent of this.#dependents.get(object) ?? []) {
      // An edge that was taken away to break a loop counts no more.
      if (this.#graph.before.get(dependent)?.has(object) !== true) continue;
      this.#setMissing(dependent, (this.#missing.get(dependent) ?? 0) - 1);
    }
    this.#dependents.delete(object);
    return object;
  }

  /** To be called for an object that is not free, when the graph's edges from it have changed. */
  recount(object: SchemaObject): void {
    const needed = this.neededBy(object);
    for (const other of needed) {
      const dependents = this.#dependents.get(other);
      if (dependents === undefined) this.#dependents.set(other, new Set([object]));
      else dependents.add(object);
    }
    this.#setMissing(object, needed.length);
  }

  /** The first in place of those left. */
  first(): SchemaObject | undefined {
    while (this.#done.has(this.#inPlace[this.#firstPlace] as SchemaObject)) this.#firstPlace += 1;
    return this.#inPlace[this.#firstPlace];
  }

  /** What `object` waits for. */
  neededBy(object: SchemaObject): SchemaObject[] {
    return [...(this.#graph.before.get(object) ?? [])].filter((needed) => !this.#done.has(needed));
  }

  /** The first in place of what `object` waits for. */
  firstNeededBy(object: SchemaObject): SchemaObject {
    const place = (other: SchemaObject): number => this.#position.get(other) ?? 0;
    return this.neededBy(object).reduce((a, b) => (place(a) < place(b) ? a : b));
  }

  #setMissing(object: SchemaObject, missing: number): void {
    this.#missing.set(object, missing);
    if (missing === 0) pushHeap(this.#free, this.#position.get(object) ?? 0);
  }
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
