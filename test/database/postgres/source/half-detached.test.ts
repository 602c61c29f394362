import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { openSource } from '../../../../src/database/postgres/source/source.ts';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { sourceOptions } from '../../../support/engine-options.ts';

let server: PostgresServer;
let reader: Client;
let detacher: Client;
let detaching: Promise<unknown>;
let pid: number;

beforeAll(async () => {
  server = await startPostgres();
  await server.createDatabase('app');
  await server.query(
    'app',
    `CREATE ROLE plain LOGIN; GRANT pg_read_all_data TO plain;
     CREATE TABLE t (id int) PARTITION BY RANGE (id);
     CREATE TABLE "T_1" PARTITION OF t FOR VALUES FROM (1) TO (9)`,
  );
  reader = new Client(server.url('app'));
  detacher = new Client(server.url('app'));
  for (const client of [reader, detacher]) await client.connect();
  await reader.query('BEGIN; SELECT * FROM t');
  pid = (await detacher.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  detaching = detacher
    .query('ALTER TABLE t DETACH PARTITION public."T_1" CONCURRENTLY')
    .catch((error: Error) => error);
  await vi.waitFor(async () => {
    const [row] = await server.query('app', 'SELECT inhdetachpending AS pending FROM pg_inherits');
    if (row?.['pending'] !== true) throw new Error('the partition is not being detached');
  }, 10_000);
});
afterAll(async () => {
  for (const client of [reader, detacher]) await client.end();
  await server.stop();
});

const backup = async (role = 'postgres'): Promise<void> => {
  const source = await openSource(sourceOptions(server.url('app', role)));
  onTestFinished(() => source.close());
};

it.each(['postgres', 'plain'])('tells %s who detaches a partition right now', async (role) => {
  await expect(backup(role)).rejects.toMatchObject({
    code: 'failed',
    message: `partition public.T_1 is being detached from its table, by process ${pid} of role "postgres"`,
    hint: expect.stringContaining('Try again when that is done.'),
  });
});

it('says how to finish what was cut off', async () => {
  await server.query('app', 'SELECT pg_cancel_backend($1)', [pid]);
  await detaching;
  await expect(backup()).rejects.toMatchObject({
    code: 'failed',
    message: 'partition public.T_1 is half detached: what detached it was cut off',
    hint: 'Finish with ALTER TABLE … DETACH PARTITION public."T_1" FINALIZE.',
  });
});
