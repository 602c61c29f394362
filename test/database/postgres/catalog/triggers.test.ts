import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { copyDatabase, withSnapshot } from '../roundtrip.ts';

/** Every trigger with its state and comment, those of constraints by what they do. */
const TRIGGERS = `
  WITH RECURSIVE lineage(oid, root) AS (
    SELECT oid, conname FROM pg_constraint WHERE conparentid = 0
    UNION ALL
    SELECT k.oid, l.root FROM pg_constraint k JOIN lineage l ON l.oid = k.conparentid)
  SELECT t.tgrelid::regclass || ' ' || CASE WHEN k.contype <> 't' AND t.tgisinternal THEN l.root || ' ' || t.tgfoid::regproc
      ELSE t.tgname END AS name, t.tgenabled AS state, obj_description(t.oid, 'pg_trigger') AS comment
  FROM pg_trigger t LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint LEFT JOIN lineage l ON l.oid = k.oid
  ORDER BY 1`;

const OF_CONSTRAINTS = `
  CREATE TABLE public.target (id int PRIMARY KEY, up int, CONSTRAINT "own %I" FOREIGN KEY (up) REFERENCES public.target) PARTITION BY LIST (id);
  CREATE TABLE public.target_1 PARTITION OF public.target FOR VALUES IN (1);
  CREATE TABLE public.target_2 PARTITION OF public.target FOR VALUES IN (2) PARTITION BY LIST (id);
  CREATE TABLE public.target_2_2 PARTITION OF public.target_2 DEFAULT;
  CREATE TABLE public.source (id int, ref int CONSTRAINT "it's" REFERENCES public.target) PARTITION BY LIST (id);
  CREATE TABLE public.source_1 PARTITION OF public.source FOR VALUES IN (1);
  CREATE TABLE public."Odd ""table" (a int PRIMARY KEY DEFERRABLE, b int CONSTRAINT "Odd ""once" UNIQUE DEFERRABLE,
    c int, CONSTRAINT excluded EXCLUDE (c WITH =) DEFERRABLE);
  DO $do$
  DECLARE
    t record;
  BEGIN
    FOR t IN SELECT tgname, tgrelid::regclass AS relation, tgfoid::regproc AS function FROM pg_trigger WHERE tgisinternal LOOP
      EXECUTE format('COMMENT ON TRIGGER %I ON %s IS %L', t.tgname, t.relation, format(E'%s\\ it''s 100%% $$ %s', t.relation, t.function));
    END LOOP;
  END
  $do$;
  ALTER TABLE public.target_2_2 DISABLE TRIGGER ALL;
  ALTER TABLE public.source_1 DISABLE TRIGGER ALL;
  ALTER TABLE public."Odd ""table" DISABLE TRIGGER ALL`;

describe.each([13, 15, 18] as const)('triggers of server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 120_000);
  afterAll(() => server?.stop());
  afterEach(async () => {
    await server.dropDatabase('source');
    await server.dropDatabase('target');
  });

  it('of constraints have their states and comments again', { timeout: 60_000 }, async () => {
    await server.createDatabase('source');
    await server.query('source', OF_CONSTRAINTS);
    const triggers = await server.query('source', TRIGGERS);
    expect(triggers.filter(({ comment }) => comment !== null)).toHaveLength(triggers.length);
    expect(triggers.filter(({ state }) => state === 'D').length).toBeGreaterThan(8);
    await copyDatabase(server, 'source', 'target');
    expect(await server.query('target', TRIGGERS)).toEqual(triggers);
  });

  it('on events come behind everything else', { timeout: 60_000 }, async () => {
    await server.createDatabase('source');
    await server.query(
      'source',
      `CREATE TABLE public.t (id int PRIMARY KEY); CREATE MATERIALIZED VIEW public.m AS SELECT * FROM public.t;
      GRANT SELECT ON public.t TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
      CREATE VIEW public.a AS SELECT 1 AS a; CREATE VIEW public.b AS SELECT * FROM public.a;
      CREATE OR REPLACE VIEW public.a AS SELECT a FROM public.b;
      CREATE FUNCTION public.stop() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''fired''; END';
      CREATE EVENT TRIGGER a ON ddl_command_end EXECUTE FUNCTION public.stop(); COMMENT ON EVENT TRIGGER a IS 'a';
      CREATE EVENT TRIGGER b ON sql_drop EXECUTE FUNCTION public.stop(); ALTER EVENT TRIGGER b DISABLE`,
    );
    const kinds = await withSnapshot(server, 'source', async ({ schema }) =>
      schema.postData.map(({ kind, sql }) => (kind === 'OWNER' ? sql.slice(0, 19) : kind)),
    );
    expect(kinds.slice(kinds.indexOf('EVENT TRIGGER'))).toEqual([
      'EVENT TRIGGER',
      'ALTER EVENT TRIGGER',
      'COMMENT',
      'EVENT TRIGGER',
      'EVENT TRIGGER',
      'ALTER EVENT TRIGGER',
    ]);
    await copyDatabase(server, 'source', 'target');
  });
});

/** Makes in a database of one server what another exports of its own. */
async function move(from: PostgresServer, to: PostgresServer): Promise<void> {
  await to.createDatabase('target');
  const client = new Client(to.url('target'));
  await client.connect();
  try {
    await withSnapshot(from, 'source', async ({ schema }) => {
      for (const { sql } of [...schema.preData, ...schema.postData]) await client.query(sql);
    });
  } finally {
    await client.end();
  }
}

describe('triggers on a server of another version', () => {
  const servers: PostgresServer[] = [];
  beforeAll(async () => {
    for (const version of [13, 16] as const) servers.push(await startPostgres({ version }));
  }, 120_000);
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });
  afterEach(async () => {
    for (const server of servers) {
      await server.dropDatabase('source');
      await server.dropDatabase('target');
    }
  });

  it('are found under the names that a newer one gives them', { timeout: 60_000 }, async () => {
    const [old, recent] = servers as [PostgresServer, PostgresServer];
    await old.createDatabase('source');
    await old.query(
      'source',
      `${OF_CONSTRAINTS};
      CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER before_that AFTER INSERT ON public.source FOR EACH ROW EXECUTE FUNCTION public.f();
      ALTER TABLE public.source_1 ENABLE ALWAYS TRIGGER before_that;
      COMMENT ON TRIGGER before_that ON public.source_1 IS 'renamed with the one it comes from';
      ALTER TRIGGER before_that ON public.source RENAME TO after_that`,
    );
    const triggers = await old.query('source', TRIGGERS);
    await move(old, recent);
    const renamed = triggers.map((trigger) => ({
      ...trigger,
      name: String(trigger['name']).replace('before_that', 'after_that'),
    }));
    expect(await recent.query('target', TRIGGERS)).toEqual(expect.arrayContaining(renamed));
  });

  it('are passed over where an older one has none', { timeout: 60_000 }, async () => {
    const [old, recent] = servers as [PostgresServer, PostgresServer];
    await recent.createDatabase('source');
    await recent.query('source', `${OF_CONSTRAINTS}; ALTER TABLE public.source DISABLE TRIGGER ALL`);
    const triggers = await recent.query('source', TRIGGERS);
    await move(recent, old);
    const moved = await old.query('target', TRIGGERS);
    expect(moved.length).toBeGreaterThan(8);
    expect(moved.length).toBeLessThan(triggers.length);
    expect(triggers).toEqual(expect.arrayContaining(moved));
  });
});
