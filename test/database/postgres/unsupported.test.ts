import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { withSnapshot } from './roundtrip.ts';

/** One object of each kind, with how the message must name it. */
const OBJECTS: readonly (readonly [sql: string, ...named: string[]])[] = [
  [
    `CREATE FUNCTION public.to_text(point) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
     CREATE CAST (point AS text) WITH FUNCTION public.to_text(point)`,
    'cast (pg_catalog.point AS pg_catalog.text)',
  ],
  [
    `CREATE FUNCTION public.same(point, point) RETURNS boolean LANGUAGE sql AS 'SELECT true';
     CREATE OPERATOR public.=== (LEFTARG = point, RIGHTARG = point, FUNCTION = public.same)`,
    'operator public.===(pg_catalog.point,pg_catalog.point)',
  ],
  [`CREATE OPERATOR FAMILY public.family USING btree`, 'operator family public.family USING btree'],
  [
    `CREATE OPERATOR CLASS public.class FOR TYPE integer USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(integer, integer)`,
    'operator family public.class USING btree',
  ],
  [
    `CREATE FUNCTION public.compare(integer, numeric) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0';
     ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree ADD FUNCTION 1 (integer, numeric) public.compare(integer, numeric)`,
    'function of access method function 1 (integer, numeric) of pg_catalog.integer_ops USING btree',
  ],
  [`CREATE COLLATION public.rough (LOCALE = 'C')`, 'collation public.rough'],
  [
    `CREATE CONVERSION public.conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8`,
    'conversion public.conversion',
  ],
  [`CREATE TYPE public.shell`, 'type public.shell'],
  [
    `CREATE TYPE public.base;
     CREATE FUNCTION public.base_in(cstring) RETURNS public.base LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
     CREATE FUNCTION public.base_out(public.base) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int4out';
     CREATE TYPE public.base (INPUT = public.base_in, OUTPUT = public.base_out, LIKE = integer)`,
    'type public.base',
  ],
  [
    `CREATE FUNCTION public.from_sql(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'int4out';
     CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION public.from_sql(internal))`,
    'transform for integer language sql',
  ],
  [`CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler`, 'access method heap2'],
  [`CREATE LANGUAGE other HANDLER plpgsql_call_handler`, 'language other'],
  [
    `CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
     CREATE EVENT TRIGGER on_ddl ON ddl_command_start EXECUTE FUNCTION public.on_ddl();
     ALTER EVENT TRIGGER on_ddl DISABLE`,
    'event trigger on_ddl',
  ],
  [
    `CREATE TABLE public.correlated (a integer, b integer);
     CREATE STATISTICS public.correlation ON a, b FROM public.correlated`,
    'statistics object public.correlation',
  ],
  [
    `CREATE FOREIGN DATA WRAPPER wrapper; CREATE SERVER remote FOREIGN DATA WRAPPER wrapper;
     CREATE USER MAPPING FOR CURRENT_USER SERVER remote; CREATE FOREIGN TABLE public.elsewhere (a integer) SERVER remote`,
    'foreign-data wrapper wrapper',
    'server remote',
    'user mapping postgres on server remote',
    'foreign table public.elsewhere',
  ],
  [
    `CREATE TABLE public.numbered (id integer CONSTRAINT numbered_once UNIQUE DEFERRABLE);
     DO $$ BEGIN EXECUTE (SELECT format('COMMENT ON TRIGGER %I ON public.numbered IS ''checks''', tgname)
       FROM pg_trigger WHERE tgrelid = 'public.numbered'::regclass); END $$`,
    'comment on a trigger of constraint numbered_once of table public.numbered',
  ],
  [`CREATE PUBLICATION publication FOR TABLE public.correlated`, 'publication publication'],
  [
    `CREATE SUBSCRIPTION subscription CONNECTION 'dbname=other' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
    'subscription subscription',
  ],
  [
    `CREATE TEXT SEARCH PARSER public.parser
      (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)`,
    'text search parser public.parser',
  ],
  [
    `CREATE TEXT SEARCH TEMPLATE public.template (LEXIZE = dsimple_lexize)`,
    'text search template public.template',
  ],
  [
    `CREATE TEXT SEARCH DICTIONARY public.dictionary (TEMPLATE = simple)`,
    'text search dictionary public.dictionary',
  ],
  [
    `CREATE TEXT SEARCH CONFIGURATION public.configuration (COPY = simple)`,
    'text search configuration public.configuration',
  ],
  [`SELECT lo_create(0), lo_create(0)`, 'large object 2 of them'],
  [
    `SET allow_system_table_mods = on;
     INSERT INTO pg_seclabel VALUES ('public.correlated'::regclass, 'pg_class'::regclass, 0, 'provider', 'secret')`,
    'security label of provider on table public.correlated',
  ],
  [
    `CREATE EXTENSION pg_trgm;
     CREATE TABLE public.configuration (name text, is_users boolean);
     INSERT INTO public.configuration VALUES ('standard', false);
     CREATE TABLE public.used_configuration AS SELECT 'added' AS name, true AS is_users;
     ALTER EXTENSION pg_trgm ADD TABLE public.configuration;
     ALTER EXTENSION pg_trgm ADD TABLE public.used_configuration;
     SET allow_system_table_mods = on;
     UPDATE pg_extension SET
       extconfig = ARRAY['public.configuration'::regclass, 'public.used_configuration'::regclass],
       extcondition = ARRAY['WHERE is_users', 'WHERE is_users'] WHERE extname = 'pg_trgm'`,
    'rows of extension pg_trgm in public.used_configuration',
  ],
];

describe.each(installedPostgresVersions())('server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 120_000);
  afterAll(() => server?.stop());

  /** The lines below the error's first one. */
  async function refused(
    database: string,
    options: { excludeTable?: (schema: string, name: string) => boolean } = {},
  ): Promise<string[]> {
    const error = await withSnapshot(server, database, async () => undefined, options).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error).toMatchObject({ code: 'failed' });
    return (
      (error as HoldfastError).message
        .split('\n')
        .slice(1)
        // Servers before 16 write the name of a transform in another way.
        .map((line) => line.trim().replace('integer on language', 'integer language'))
    );
  }

  it('names every object of a kind that is not exported', { timeout: 60_000 }, async () => {
    await server.createDatabase('unsupported');
    for (const [sql] of OBJECTS) await server.query('unsupported', sql);
    const expected = OBJECTS.flatMap(([, ...named]) => named);
    expect(await refused('unsupported')).toEqual(expected.toSorted());

    const others = expected.filter((name) => !name.endsWith(' public.used_configuration'));
    const excludeTable = (schema: string, name: string) =>
      schema === 'public' && name === 'used_configuration';
    expect(await refused('unsupported', { excludeTable })).toEqual(others.toSorted());
  });

  it('names fifty of many and counts the others', { timeout: 60_000 }, async () => {
    await server.createDatabase('many');
    await server.query(
      'many',
      `DO $$ BEGIN FOR i IN 10..69 LOOP EXECUTE format('CREATE COLLATION public.c%s (LOCALE = ''C'')', i); END LOOP; END $$`,
    );
    const lines = await refused('many');
    expect(lines).toHaveLength(51);
    expect(lines.at(0)).toBe('collation public.c10');
    expect(lines.at(-1)).toBe('and 10 more');
  });

  it(
    'passes over what belongs to an extension, to the server or to a session',
    { timeout: 60_000 },
    async () => {
      await server.createDatabase('clean');
      await server.query(
        'clean',
        'CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gin',
      );
      const client = new Client(server.url('clean'));
      await client.connect();
      try {
        await client.query(`CREATE TEMPORARY TABLE kept (id serial PRIMARY KEY, b text CHECK (b <> ''));
        CREATE TEMPORARY VIEW viewed AS SELECT * FROM kept; CREATE INDEX ON kept (b);
        CREATE FUNCTION pg_temp.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'`);
        const kinds = await withSnapshot(server, 'clean', async ({ schema }) =>
          [...schema.preData, ...schema.postData]
            .map(({ kind }) => kind)
            .filter((kind) => !['SETTING', 'OWNER', 'ACL'].includes(kind)),
        );
        expect(kinds).toEqual(['EXTENSION', 'EXTENSION', 'EXTENSION']);
      } finally {
        await client.end();
      }
    },
  );
});
