import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { factsOf, preflight, restore, withSource } from './preflight-bench.ts';

const VERSIONS = [13, 18] as const;

const REFUSING = `
  CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no ddl'; END $$;
  CREATE EVENT TRIGGER "No DDL" ON ddl_command_start EXECUTE FUNCTION public.refuse();`;

describe.each(VERSIONS)('preflight with event triggers in the target, in server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query('postgres', 'CREATE ROLE helper LOGIN');
    await server.createDatabase('source');
    await server.query(
      'source',
      `CREATE COLLATION c (LOCALE = 'C'); ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; CREATE TABLE t (x int)`,
    );
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(() => server.createDatabase('app'));
  afterEach(() => server.dropDatabase('app'));

  it.each(['ENABLE', 'ENABLE ALWAYS', 'ENABLE REPLICA'])(
    'lets none fire that will be replaced: %s',
    async (mode) => {
      await server.query('app', `${REFUSING} ALTER EVENT TRIGGER "No DDL" ${mode}`);
      const state = 'SELECT evtname, evtenabled FROM pg_event_trigger';
      const before = await server.query('app', state);
      const { messages } = await preflight(server.url('app'), await factsOf(server.url('source')), {
        replace: true,
      });
      expect(messages).toEqual([]);
      expect(await server.query('app', state)).toEqual(before);
      await withSource(server.url('source'), (source) =>
        restore(server.url('app'), source, { replace: true, jobs: 1 }),
      );
      expect(await server.query('app', state)).toEqual([]);
    },
  );

  it('names one that stays and refuses, and blames nothing else', async () => {
    await server.query('app', REFUSING);
    const facts = await factsOf(server.url('source'));
    const { messages, hints } = await preflight(server.url('app'), facts);
    expect(messages).toEqual([
      'the event trigger "No DDL" of the target database refuses what a restore does: no ddl',
    ]);
    await server.query('app', /ALTER .*;/.exec(hints[0] ?? '')?.[0] ?? '');
    expect((await preflight(server.url('app'), facts)).messages).toEqual([]);
  });

  it('names one that the role may not remove', async () => {
    await server.query('postgres', 'ALTER DATABASE app OWNER TO helper');
    await server.query('app', `ALTER SCHEMA public OWNER TO helper; ${REFUSING}`);
    const { messages } = await preflight(server.url('app', 'helper'), await factsOf(server.url('source')), {
      replace: true,
      noOwner: true,
    });
    expect(messages).toEqual([
      'the event trigger "No DDL" of the target database refuses what a restore does: no ddl',
      expect.stringContaining('may not remove what belongs to postgres: event trigger No DDL'),
    ]);
  });
});
