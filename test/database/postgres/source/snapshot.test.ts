import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { patient, table, useSnapshotBench } from '../snapshot-bench.ts';

const bench = useSnapshotBench();

/** A client of an application; what it left open goes with the database. */
async function application(): Promise<Client> {
  const client = new Client(bench.server.url('app'));
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

describe('a snapshot', () => {
  it('is the same on every connection, whatever is committed meanwhile', async () => {
    await bench.server.query('app', 'CREATE TABLE t (id int); INSERT INTO t VALUES (1)');
    const snapshot = await bench.open(3);
    await bench.server.query('app', 'INSERT INTO t VALUES (2)');
    const sessions = await Promise.all([1, 2, 3].map(() => snapshot.acquire(table('t'))));
    expect(new Set(sessions).size).toBe(3);
    for (const session of sessions) {
      await bench.server.query('app', 'INSERT INTO t VALUES (3)');
      expect(await session.query('SELECT id FROM public.t')).toEqual([{ id: '1' }]);
    }
    for (const session of sessions) snapshot.release(session);
    expect((await bench.read(snapshot, 't')).toString()).toBe('1\n');
  });

  it('gives a connection that comes free to who waits for one', async () => {
    await bench.server.query('app', 'CREATE TABLE t (id int)');
    const snapshot = await bench.open(1);
    const first = await snapshot.acquire(table('t'));
    const second = snapshot.acquire(table('t'));
    snapshot.release(first);
    expect(await second).toBe(first);
    const third = snapshot.acquire(table('t'));
    await Promise.all([expect(third).rejects.toMatchObject({ code: 'failed' }), snapshot.close()]);
  });

  it('keeps tables from being changed, but for those left out', async () => {
    await bench.server.query('app', 'CREATE TABLE t (id int); CREATE TABLE excluded (id int)');
    await bench.open();
    await expect(bench.server.query('app', `SET lock_timeout = 1; TRUNCATE t`)).rejects.toThrow(
      'lock timeout',
    );
    await bench.server.query('app', `SET lock_timeout = 1; TRUNCATE excluded`);
  });

  it('begins after its locks: what a lock holder commits is in it', async () => {
    await bench.server.query('app', 'CREATE TABLE t (id int); INSERT INTO t VALUES (1)');
    const client = await application();
    await client.query(
      'BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE; INSERT INTO t VALUES (2); CREATE TABLE new (id int)',
    );
    const opening = bench.open(1, { patience: { reportEvery: 100, giveUpAfter: 60_000 } });
    await expect
      .poll(() => bench.reporter.warnings[0], patient)
      .toMatch(/Waiting to read: table public\.t is locked by process \d+ \(user "postgres"/);
    await client.query('COMMIT');
    const snapshot = await opening;
    expect((await bench.read(snapshot, 't')).toString()).toBe('1\n2\n');
    await expect(client.query('SET lock_timeout = 1; TRUNCATE new')).rejects.toThrow('lock timeout');
    await client.end();
  });

  it('gives up on a lock that it cannot have, naming table and holder', async () => {
    await bench.server.query('app', 'CREATE TABLE t (id int)');
    const client = await application();
    await client.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
    await expect(bench.open(1, { patience: { reportEvery: 50, giveUpAfter: 50 } })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/public\.t is locked by process/),
      hint: expect.stringContaining('pg_terminate_backend'),
    });
    await client.end();
  });

  it('names what may not be read', async () => {
    await bench.server.query('app', 'CREATE TABLE t (id int); CREATE ROLE limited LOGIN');
    await expect(bench.open(1, { role: 'limited' })).rejects.toMatchObject({
      message: expect.stringContaining('permission denied for table t'),
      hint: expect.stringContaining('GRANT SELECT'),
    });
    await bench.server.query('app', 'DROP ROLE limited');
  });

  it('does not queue behind someone who waits for the leader', async () => {
    await bench.server.query('app', 'CREATE TABLE a (id int); CREATE TABLE b (id int)');
    const snapshot = await bench.open(2);
    const leader = await snapshot.acquire(table('a'));
    expect(leader).toBe(snapshot.leader);
    const client = await application();
    const altering = client.query('ALTER TABLE b ADD COLUMN more int');
    await expect
      .poll(() => bench.server.query('app', 'SELECT 1 FROM pg_locks WHERE NOT granted'), patient)
      .toHaveLength(1);
    const acquired = snapshot.acquire(table('b'));
    const other = await snapshot.acquire(table('a'));
    expect(other).not.toBe(leader);
    snapshot.release(leader);
    expect(await acquired).toBe(leader);
    expect(await other.query('SELECT count(*) AS n FROM public.a')).toEqual([{ n: '0' }]);
    await snapshot.close();
    await altering;
    await client.end();
  });

  it('makes do with fewer connections than jobs', async () => {
    await bench.server.query(
      'app',
      'CREATE TABLE t (id int); CREATE ROLE few LOGIN CONNECTION LIMIT 2; GRANT SELECT ON t TO few',
    );
    const snapshot = await bench.open(4, { role: 'few' });
    const one = await snapshot.acquire(table('t'));
    const two = await snapshot.acquire(table('t'));
    const three = snapshot.acquire(table('t'));
    await expect
      .poll(() => bench.reporter.warnings, patient)
      .toEqual([expect.stringContaining('no more connections')]);
    snapshot.release(two);
    expect(await three).toBe(two);
    snapshot.release(one);
    await snapshot.close();
    await bench.server.query('app', 'REVOKE ALL ON t FROM few; DROP ROLE few');
  });
});
