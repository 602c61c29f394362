import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SnapshotPool } from '../../src/core/snapshot-pool.ts';

const { signal } = new AbortController();

describe('a snapshot pool', () => {
  it('lends each connection to one at a time, in the order of who waits', async () => {
    const pool = new SnapshotPool({ keepers: ['leader'], others: ['other'] }, signal);
    expect([await pool.take(), await pool.take()]).toEqual(['leader', 'other']);
    const [first, second] = [pool.take(), pool.take()];
    pool.giveBack('other');
    pool.giveBack('leader');
    expect([await first, await second]).toEqual(['other', 'leader']);
  });

  it('keeps a connection for who needs just this one', async () => {
    const pool = new SnapshotPool({ keepers: ['leader'], others: ['other'] }, signal);
    await pool.take();
    const needed = pool.take('leader');
    const any = await pool.take();
    expect(any).toBe('other');
    pool.giveBack(any);
    pool.giveBack('leader');
    expect(await needed).toBe('leader');
  });

  it('lends what is given back while another cannot be opened', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const pool = new SnapshotPool({ keepers: ['leader'] }, signal, () => promise);
    await pool.take();
    const waiting = pool.take();
    pool.giveBack('leader');
    resolve(undefined);
    expect(await waiting).toBe('leader');
  });

  it('opens another in the place of a broken one', async () => {
    const opened = [undefined, 'fresh'];
    const pool = new SnapshotPool({ keepers: ['leader'], others: ['broken'] }, signal, async () =>
      opened.shift(),
    );
    await pool.take();
    await pool.take();
    const waiting = pool.take();
    // Until it waits.
    await setImmediate();
    pool.remove('broken');
    expect(await waiting).toBe('fresh');
  });

  it('lends nothing without its keeper, nor once it is closed', async () => {
    const closed = /snapshot of the database is closed/;
    const pool = new SnapshotPool({ keepers: ['leader'], others: ['other'] }, signal);
    await pool.take();
    const waiting = pool.take('leader');
    pool.remove('leader');
    await expect(waiting).rejects.toThrow(closed);
    await expect(pool.take()).rejects.toThrow(closed);

    const another = new SnapshotPool({ keepers: ['leader'], others: ['other'] }, signal);
    expect(another.close()).toEqual(['leader', 'other']);
    await expect(another.take()).rejects.toThrow(closed);
    expect(() => another.add('late')).toThrow(closed);
  });

  it('gives up with the reason of its signal', async () => {
    const controller = new AbortController();
    const pool = new SnapshotPool({ keepers: ['leader'] }, controller.signal);
    controller.abort(new Error('stopped'));
    await expect(pool.take()).rejects.toThrow('stopped');
  });
});
