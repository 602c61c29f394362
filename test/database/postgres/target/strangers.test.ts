import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Client } from 'pg';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { openReplacing } from '../copy-all.ts';
import { createTable, facts, requires, statement } from '../target-bench.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);

describe.each(VERSIONS)('objects that others make during a load into server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query('postgres', 'CREATE ROLE plain LOGIN');
  });
  afterAll(() => server?.stop());
  beforeEach(() => server.createDatabase('app', { template: 'template0' }));
  afterEach(() => server.dropDatabase('app'));

  const open = async (role = 'postgres') => {
    const target = await openReplacing(server.url('app', role));
    onTestFinished(() => target.close());
    return target;
  };
  const tables = () =>
    server.query('app', `SELECT relname FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1`);

  it('are named, and nothing is changed', async () => {
    await server.query('app', 'CREATE TABLE old ()');
    const earlier = new Client({ connectionString: server.url('app') });
    earlier.on('error', () => undefined);
    await earlier.connect();
    onTestFinished(() => earlier.end());
    // Its number is a lower one than that of the load.
    await earlier.query('BEGIN; CREATE TABLE from_before (id int)');
    const target = await open();
    await target.begin(facts());
    await target.execute(createTable);
    await earlier.query('COMMIT');
    await server.query(
      'app',
      `CREATE TABLE meanwhile (id serial PRIMARY KEY, words text); CREATE SCHEMA made; CREATE TABLE made.t ();
      CREATE TEMPORARY TABLE passing ()`,
    );
    await expect(target.commit()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(
        /: schema made, relation made\.t, relation public\.from_before, relation public\.meanwhile, /,
      ),
      hint: expect.stringContaining('Stop the application'),
    });
    // It is rolled back, and holds no locks.
    expect(await tables()).toEqual(['from_before', 'meanwhile', 'old', 't'].map((relname) => ({ relname })));
  });

  it('are not those that the load itself makes or keeps', async () => {
    await server.query('app', 'CREATE SCHEMA ext; CREATE EXTENSION pg_stat_statements SCHEMA ext');
    await server.query('postgres', 'ALTER DATABASE app OWNER TO plain');
    await server.query('app', 'ALTER SCHEMA ext OWNER TO plain; ALTER SCHEMA public OWNER TO plain');
    const target = await open('plain');
    await target.begin(requires({ extensions: [{ name: 'pg_stat_statements', schema: 'ext' }] }));
    await target.execute(createTable);
    // Each with a number of its own, in between those of others.
    const inner = (name: string) =>
      statement(`DO $$ BEGIN CREATE TABLE public.${name} (); EXCEPTION WHEN others THEN RAISE; END $$`);
    await target.execute(inner('first'));
    await server.query('postgres', 'CREATE TABLE elsewhere (); DROP TABLE elsewhere');
    await target.execute(inner('second'));
    await target.commit();
    expect(await tables()).toEqual(['first', 'second', 't'].map((relname) => ({ relname })));
  });
});
