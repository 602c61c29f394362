import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseSource } from '../../../src/database/engine.ts';
import { openSource } from '../../../src/database/postgres/source/source.ts';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { sourceOptions } from '../../support/engine-options.ts';

let server: PostgresServer;
const clients: Client[] = [];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(() => server.createDatabase('app'));
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
  await server.dropDatabase('app');
});

async function open(lockTimeout?: number): Promise<DatabaseSource> {
  return openSource(
    sourceOptions(server.url('app'), { jobs: 2, ...(lockTimeout !== undefined && { lockTimeout }) }),
  );
}

/** A session of the application, which the test may leave in a transaction. */
async function application(): Promise<Client> {
  const client = new Client(`${server.url('app')}?application_name=shop`);
  await client.connect();
  clients.push(client);
  return client;
}

describe('a backup', () => {
  it('takes no lock but ACCESS SHARE, and lets others work', async () => {
    await server.query(
      'app',
      `CREATE TABLE t (id serial PRIMARY KEY, x text); INSERT INTO t (x) VALUES ('a');
      CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
      CREATE VIEW v AS SELECT * FROM t; CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
      CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t; END`,
    );
    const source = await open();
    for (const table of source.tables) {
      for await (const part of source.parts(table, 1 << 20)) for await (const _chunk of part.chunks);
    }
    const modes = await server.query(
      'app',
      `SELECT DISTINCT l.mode FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'relation' AND a.application_name = 'holdfast'`,
    );
    expect(modes).toEqual([{ mode: 'AccessShareLock' }]);
    await server.query(
      'app',
      `SET lock_timeout = 1; INSERT INTO t (x) VALUES ('b'); UPDATE t SET x = 'c'; DELETE FROM t`,
    );
    await server.query('app', 'SET lock_timeout = 1; CREATE INDEX ON t (x)');
    await server.query('app', 'REFRESH MATERIALIZED VIEW m');
    await server.query(
      'app',
      'SET lock_timeout = 1; CREATE OR REPLACE VIEW v AS SELECT id, x, 1 AS more FROM t',
    );
    await source.close();
  });

  it.each([
    ['table', 'CREATE TABLE thing (id int)', 'LOCK TABLE thing'],
    ['view', 'CREATE VIEW thing AS SELECT 1 AS a', 'ALTER VIEW thing RENAME COLUMN a TO b'],
  ])('gives up on a %s that is locked, and says by which session', async (kind, make, lock) => {
    await server.query('app', make);
    const client = await application();
    await client.query('BEGIN');
    await client.query(lock);
    const [row] = (await client.query('SELECT pg_backend_pid() AS pid')).rows as { pid: number }[];
    await expect(open(100)).rejects.toMatchObject({
      code: 'failed',
      message: `The database cannot be read: ${kind} public.thing is locked by process ${row?.pid} (user "postgres", application "shop").`,
      hint: expect.stringContaining('--lock-timeout'),
    });
  });

  it('waits for a table that somebody changes, and has the change', async () => {
    await server.query('app', 'CREATE TABLE t (id int)');
    const client = await application();
    await client.query('BEGIN; ALTER TABLE t ADD COLUMN more int');
    const opening = open();
    await expect
      .poll(() => server.query('app', 'SELECT FROM pg_locks WHERE NOT granted'), { timeout: 30_000 })
      .toHaveLength(1);
    await client.query('COMMIT');
    const source = await opening;
    expect(source.tables.map(({ columns }) => columns)).toEqual([['id', 'more']]);
    await source.close();
  });
});
