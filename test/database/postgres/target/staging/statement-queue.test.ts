import { describe, expect, it } from 'vitest';
import { runTasks, type Task } from '../../../../../src/database/postgres/target/staging/statement-queue.ts';
import type { Locks } from '../../../../../src/database/postgres/target/staging/table-locks.ts';
import { statement } from '../../target-bench.ts';

function task(name: string, locks: Locks, weight = 0): Task {
  return { statements: [statement(`-- ${name}`, 'INDEX', name)], locks, weight };
}

const nameOf = ({ statements }: Task): string => statements[0]?.name ?? '';

/** Work that ends when the test says so. */
function bench() {
  const begun: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const run = (one: Task): Promise<void> => {
    begun.push(nameOf(one));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    ends.set(nameOf(one), { resolve, reject });
    return promise;
  };
  const end = async (name: string, error?: Error): Promise<void> => {
    if (error) ends.get(name)?.reject(error);
    else ends.get(name)?.resolve();
    await new Promise(setImmediate);
  };
  return { begun, run, end };
}

const shared = (key: string): Locks => new Map([[key, 'shared']]);
const exclusive = (...keys: string[]): Locks => new Map(keys.map((key) => [key, 'exclusive']));

describe('a queue of statements', () => {
  it('runs no more at a time than it may, those with much work first', async () => {
    const { begun, run, end } = bench();
    const done = runTasks(
      [task('small', shared('a'), 1), task('large', shared('a'), 3), task('middle', shared('b'), 2)],
      2,
      run,
    );
    expect(begun).toEqual(['large', 'middle']);
    await end('middle');
    expect(begun).toEqual(['large', 'middle', 'small']);
    await end('small');
    await end('large');
    await done;
  });

  it('keeps the order of those that lock the same table, whatever their work', async () => {
    const { begun, run, end } = bench();
    const done = runTasks(
      [
        task('key', exclusive('t')),
        task('foreign key', exclusive('u', 't'), 9),
        task('other', shared('u'), 1),
      ],
      3,
      run,
    );
    // The last one is behind the foreign key, which waits for the key.
    expect(begun).toEqual(['key']);
    await end('key');
    expect(begun).toEqual(['key', 'foreign key']);
    await end('foreign key');
    expect(begun).toEqual(['key', 'foreign key', 'other']);
    await end('other');
    await done;
  });

  it('comes to an end with any locks, and never has two at once that could wait for each other', async () => {
    let state = 20261123;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >> 8) % below;
    };
    for (let round = 0; round < 50; round += 1) {
      const tasks = Array.from({ length: 30 }, (_, number) => {
        const keys = Array.from({ length: 1 + random(3) }, () => `t${random(6)}`);
        return task(String(number), random(2) === 0 ? exclusive(...keys) : shared(keys[0]!), random(5));
      });
      const on = new Set<Task>();
      const order: Task[] = [];
      await runTasks(tasks, 1 + random(4), async (one) => {
        for (const other of on) expect(collide(one, other)).toBe(false);
        on.add(one);
        order.push(one);
        for (let steps = random(4); steps > 0; steps -= 1) await Promise.resolve();
        on.delete(one);
      });
      expect(order).toHaveLength(tasks.length);
      for (const [at, later] of tasks.entries()) {
        for (const earlier of tasks.slice(0, at).filter((other) => collide(later, other))) {
          expect(order.indexOf(earlier)).toBeLessThan(order.indexOf(later));
        }
      }
    }
  });

  it('begins nothing behind a failure, and names the first when all have ended', async () => {
    const { begun, run, end } = bench();
    const done = runTasks(
      ['a', 'b', 'c'].map((name) => task(name, shared(name))),
      2,
      run,
    );
    const outcome: unknown[] = [];
    const ended = done.catch((error: unknown) => void outcome.push(error));
    const failure = new Error('a failed');
    await end('a', failure);
    expect(outcome).toEqual([]);
    await end('b', new Error('b failed'));
    await ended;
    expect(outcome).toEqual([failure]);
    expect(begun).toEqual(['a', 'b']);
  });
});

function collide(one: Task, other: Task): boolean {
  return [...one.locks].some(([key, mode]) => {
    const theirs = other.locks.get(key);
    return theirs !== undefined && (mode === 'exclusive' || theirs === 'exclusive');
  });
}
