import { describe, expect, it } from 'vitest';
import type { Session } from '../../../../src/database/mysql/connection/session.ts';
import { lockPatience } from '../../../../src/core/lock-patience.ts';
import { keepersFor } from '../../../../src/database/mysql/source/sessions.ts';
import { Snapshot } from '../../../../src/database/mysql/source/snapshot.ts';
import { type TakenSnapshot, takeSnapshot } from '../../../../src/database/mysql/source/take-snapshot.ts';
import { availableMysqlVersions } from '../../../servers/mysql.ts';
import { useSourceBench } from './source-bench.ts';

const timeout = /[Ll]ock wait timeout/;
const versions = (await availableMysqlVersions()).filter((version) => version !== 'mysql');

describe.each(versions)('keepers of tables on %s', (version) => {
  const bench = useSourceBench(version);

  /** A snapshot with the tables a and c on one keeper, b and d on another one, and a third reader. */
  async function take(): Promise<{ taken: TakenSnapshot; snapshot: Snapshot; keepers: [Session, Session] }> {
    await bench.sql(
      ...['a', 'b', 'c', 'd'].map((table) => `CREATE TABLE ${table} (id int) ENGINE=InnoDB`),
      'CREATE SEQUENCE s',
      'CREATE VIEW v AS SELECT id FROM a',
    );
    const [one, two] = [await bench.connect(), await bench.connect()];
    const { signal } = new AbortController();
    const sessions = {
      locker: await bench.connect(),
      holders: [await bench.connect(), await bench.connect()],
      readers: [one, two, await bench.connect()],
    } as const;
    const taken = await takeSnapshot(sessions, {
      isWanted: () => true,
      patience: lockPatience(5000),
      reporter: bench.reporter,
      signal,
    });
    for (const reader of taken.readers) await reader.run('SET SESSION lock_wait_timeout = 1');
    return { taken, snapshot: new Snapshot(taken, [], signal), keepers: [one, two] };
  }

  it('share all tables, and keep them from being changed', async () => {
    const { taken, keepers } = await take();
    const [one, two] = keepers;
    expect([...taken.keepers].toSorted(([first], [second]) => (first < second ? -1 : 1))).toEqual([
      ['a', one],
      ['b', two],
      ['c', one],
      ['d', two],
      ['s', one],
    ]);
    const changes = ['a', 'b', 'c', 'd'].map((table) => `ALTER TABLE ${table} ADD x int`);
    await Promise.all(
      changes.map((change) =>
        expect(bench.sql('SET lock_wait_timeout = 1', change)).rejects.toThrow(timeout),
      ),
    );
    await two.run('ROLLBACK');
    await bench.sql('SET lock_wait_timeout = 1', 'ALTER TABLE d ADD x int');
    await expect(bench.sql('SET lock_wait_timeout = 1', 'ALTER TABLE c ADD x int')).rejects.toThrow(timeout);
  });

  it('read what somebody waits to change', async () => {
    const { snapshot, keepers } = await take();
    expect(await snapshot.acquire('d')).toBe(keepers[1]);
    const waiting = (await bench.connect()).run('ALTER TABLE b ADD x int');
    const isWaiting = `SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table metadata%'`;
    await expect.poll(async () => (await bench.sql(isWaiting))[0]?.['n'], { timeout: 10_000 }).toBe(1);
    const acquiring = snapshot.acquire('b');
    acquiring.catch(() => undefined);
    await expect.poll(async () => (await bench.sql(isWaiting))[0]?.['n'], { timeout: 10_000 }).toBe(2);
    await expect.poll(async () => (await bench.sql(isWaiting))[0]?.['n'], { timeout: 10_000 }).toBe(1);
    await snapshot.release(keepers[1]);
    expect(await acquiring).toBe(keepers[1]);
    await snapshot.close();
    await waiting;
  });

  it('are the only ones that go on to lock a table, and the others stay in the snapshot', async () => {
    const { snapshot, keepers } = await take();
    await snapshot.acquire('b');
    const guest = await snapshot.acquire('d');
    expect(guest).not.toBe(keepers[1]);
    await bench.sql('INSERT INTO d VALUES (1)', 'INSERT INTO a VALUES (1)');
    const count = (table: string) => guest.query(`SELECT COUNT(*) AS n FROM ${table}`);
    expect(await count('d')).toEqual([{ n: '0' }]);
    await snapshot.release(guest);
    await keepers[1].run('ROLLBACK');
    await bench.sql('SET lock_wait_timeout = 1', 'ALTER TABLE d ADD x int');
    expect(await count('a')).toEqual([{ n: '0' }]);
  });

  it('are all needed: without one nothing can be read', async () => {
    const { snapshot, keepers } = await take();
    await snapshot.acquire('b');
    const guest = await snapshot.acquire('d');
    await snapshot.release(keepers[1]);
    await bench.server.query('', `KILL ${keepers[1].id}`);
    await expect(snapshot.release(guest)).rejects.toMatchObject({ code: 'failed' });
    await expect(snapshot.acquire('a')).rejects.toMatchObject({ code: 'failed' });
  });
});

describe('the number of keepers', () => {
  it('grows with that of the tables, so far', () => {
    expect([0, 1, 2000, 2001, 20_000, 1_000_000].map(keepersFor)).toEqual([1, 1, 1, 2, 10, 10]);
  });
});
