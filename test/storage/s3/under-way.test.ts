import { expect, it } from 'vitest';
import { forEachOf, UnderWay } from '../../../src/storage/s3/under-way.ts';

/** Work that ends when it is told to. */
function held(): { readonly work: () => Promise<void>; readonly end: (error?: Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { work: () => promise, end: (error) => (error === undefined ? resolve() : reject(error)) };
}

it('waits for room in number and in bytes', async () => {
  const underWay = new UnderWay(2, 100);
  const [first, second] = [held(), held()];
  void underWay.start(first.work, await underWay.room(60));
  const order: string[] = [];
  const large = underWay.room(50).then((giveBack) => {
    order.push('large');
    return giveBack;
  });
  void underWay.start(second.work, await underWay.room(40));
  const small = underWay.room(0).then((giveBack) => {
    order.push('small');
    return giveBack;
  });
  expect(order).toEqual([]);
  second.end();
  (await small)();
  expect(order).toEqual(['small']);
  first.end();
  (await large)();
  await underWay.settle();
});

it('gives room to one alone, however large', async () => {
  const underWay = new UnderWay(2, 100);
  const giveBack = await underWay.room(1000);
  const next = underWay.room(1);
  giveBack();
  (await next)();
});

it('throws the first error where room is asked for, and in the end', async () => {
  const underWay = new UnderWay(1);
  const { work, end } = held();
  underWay.start(work, await underWay.room()).catch(() => {});
  const waiting = underWay.room();
  end(new Error('first'));
  await expect(waiting).rejects.toThrow('first');
  await expect(underWay.room()).rejects.toThrow('first');
  await expect(underWay.settle()).rejects.toThrow('first');
});

it('has nothing under way any more when it has failed', async () => {
  const { work, end } = held();
  let isEnded = false;
  const items = (async function* () {
    yield 'slow';
    yield 'broken';
  })();
  const all = forEachOf(items, 2, async (item) => {
    if (item === 'broken') throw new Error('broken');
    await work();
    isEnded = true;
  });
  end();
  await expect(all).rejects.toThrow('broken');
  expect(isEnded).toBe(true);
});
