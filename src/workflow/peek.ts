/** Items that were looked into. */
export interface Peeked<Item> {
  /** All of them, those that were looked at too. To be iterated once. */
  readonly all: AsyncIterable<Item>;
  /** Whether they weigh at least as much as was asked. */
  readonly isMore: boolean;
}

/** Looks into items until those seen weigh `weight` together. */
export async function peek<Item>(
  items: AsyncIterable<Item>,
  weight: number,
  weigh: (item: Item) => number,
): Promise<Peeked<Item>> {
  const iterator = items[Symbol.asyncIterator]();
  const seen: Item[] = [];
  let sum = 0;
  while (sum < weight) {
    const next = await iterator.next();
    if (next.done === true) break;
    seen.push(next.value);
    sum += weigh(next.value);
  }
  return { all: resume(seen, iterator), isMore: sum >= weight };
}

async function* resume<Item>(seen: Item[], rest: AsyncIterator<Item>): AsyncGenerator<Item, void, void> {
  yield* seen.splice(0);
  yield* { [Symbol.asyncIterator]: () => rest };
}
