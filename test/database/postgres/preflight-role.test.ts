import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import {
  archivedFacts,
  commandsOf,
  factsOf,
  type LoadOptions,
  preflight,
  restore,
  withSource,
} from './preflight-bench.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);

/** One thing of a source that not every role can restore. */
interface Case {
  readonly name: string;
  readonly versions?: readonly number[];
  /** What makes it at the source. */
  readonly source: string;
  /** What makes the target unlike a fresh database that the role owns. */
  readonly target?: string;
  readonly options?: LoadOptions;
  /** All that preflight lists for the role. */
  readonly found: readonly string[];
  /** What mends it: the commands of the hint, or another role, or another option. */
  readonly mend: 'commands' | 'superuser' | LoadOptions;
}

const NO_OWNER = { noOwner: true };

const CASES: readonly Case[] = [
  {
    name: 'LEAKPROOF functions',
    versions: [18],
    source: `CREATE FUNCTION f() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'`,
    found: ['only a superuser may restore LEAKPROOF functions: public.f()'],
    mend: 'superuser',
  },
  {
    name: 'functions in untrusted languages',
    versions: [18],
    source: `CREATE FUNCTION minus(int) RETURNS int LANGUAGE internal AS 'int4um'`,
    found: ['only a superuser may restore functions in untrusted languages: public.minus(integer)'],
    mend: 'superuser',
  },
  {
    name: 'functions with a planner support function',
    versions: [18],
    source: `CREATE FUNCTION f(int[]) RETURNS SETOF int LANGUAGE sql SUPPORT array_unnest_support AS 'SELECT 1'`,
    found: ['only a superuser may restore functions with a planner support function: public.f(integer[])'],
    mend: 'superuser',
  },
  {
    name: 'aggregates with an internal state',
    versions: [18],
    source: `CREATE AGGREGATE a(anynonarray) (SFUNC = array_agg_transfn, STYPE = internal,
      FINALFUNC = array_agg_finalfn, FINALFUNC_EXTRA)`,
    found: ['only a superuser may restore aggregates with an internal state: public.a(anynonarray)'],
    mend: 'superuser',
  },
  {
    name: "other owners of the server's own objects",
    source: 'ALTER FUNCTION pg_catalog.pg_stat_reset() OWNER TO helper',
    options: { noOwner: false },
    found: [
      "only a superuser may restore owners of the server's own objects: FUNCTION pg_catalog.pg_stat_reset()",
    ],
    mend: NO_OWNER,
  },
  {
    name: 'range types with a canonical function',
    source: `CREATE TYPE r; CREATE FUNCTION can(r) RETURNS r IMMUTABLE STRICT LANGUAGE internal AS 'int4range_canonical';
      CREATE TYPE r AS RANGE (SUBTYPE = int, CANONICAL = can)`,
    found: [
      'only a superuser may restore functions in untrusted languages: public.can(public.r)',
      'only a superuser may restore range types with a canonical function: public.r',
    ],
    mend: 'superuser',
  },
  {
    name: 'constructors of range types that have kept another name',
    source: 'CREATE TYPE was AS RANGE (SUBTYPE = date); ALTER TYPE was RENAME TO has_been',
    found: ['only a superuser may restore changed constructors of range types: public.has_been'],
    mend: 'superuser',
  },
  {
    name: 'materialized views whose owners may read no more',
    source: `CREATE TABLE t (id int); ALTER TABLE t OWNER TO helper; GRANT SELECT ON t TO friend; CREATE VIEW v AS SELECT * FROM t; ALTER VIEW v OWNER TO friend;
      CREATE MATERIALIZED VIEW m AS SELECT * FROM v; ALTER MATERIALIZED VIEW m OWNER TO helper; GRANT SELECT ON v TO helper;
      REVOKE SELECT ON t FROM friend`,
    target: 'GRANT CREATE ON SCHEMA public TO friend',
    options: {},
    found: [
      'materialized views cannot be filled as they were, for rights have been taken away since: public.m (friend may not read public.t)',
    ],
    mend: NO_OWNER,
  },
  {
    name: 'materialized views whose owners read by grants that are left out',
    source: `CREATE TABLE t (id int); ALTER TABLE t OWNER TO helper; GRANT SELECT (id) ON t TO friend;
      CREATE MATERIALIZED VIEW m AS SELECT id FROM t; ALTER MATERIALIZED VIEW m OWNER TO friend`,
    target: 'GRANT CREATE ON SCHEMA public TO friend',
    options: { noPrivileges: true },
    found: [
      "materialized views cannot be filled without the archive's grants: public.m (friend may not read public.t)",
    ],
    mend: {},
  },
  {
    name: 'disabled triggers of foreign keys',
    versions: [18],
    source: `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int REFERENCES a); ALTER TABLE b DISABLE TRIGGER ALL`,
    found: [`only a superuser may restore settings of foreign keys' triggers: public.b`],
    mend: 'superuser',
  },
  {
    name: 'access methods, operator classes and families',
    source: `CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler; CREATE OPERATOR FAMILY f USING btree;
      CREATE OPERATOR CLASS c FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int)`,
    found: [
      'only a superuser may restore access methods: heap2',
      'only a superuser may restore operator classes: public.c USING hash',
      'only a superuser may restore operator families: public.c USING hash, public.f USING btree',
    ],
    mend: 'superuser',
  },
  {
    name: 'members of operator families',
    versions: [18],
    source: `CREATE FUNCTION f(int, numeric) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
      ALTER OPERATOR FAMILY integer_ops USING btree ADD FUNCTION 1 (int, numeric) f(int, numeric)`,
    found: ['only a superuser may restore operator families: pg_catalog.integer_ops USING btree'],
    mend: 'superuser',
  },
  {
    name: "operators with estimators that are not the server's",
    versions: [18],
    source: `CREATE EXTENSION intarray; CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int, RESTRICT = _int_overlap_sel)`,
    found: [
      'only a superuser may restore operators with selectivity estimators of others than the server: public.===(integer,integer)',
    ],
    mend: 'superuser',
  },
  {
    name: 'operators that name others of the server',
    versions: [13],
    source: `CREATE OPERATOR public.> (FUNCTION = int4gt, LEFTARG = int, RIGHTARG = int, COMMUTATOR = OPERATOR(pg_catalog.<))`,
    found: [
      "only a superuser may restore operators whose commutator or negator is not the database's own: public.>(integer,integer)",
    ],
    mend: 'superuser',
  },
  {
    name: 'event triggers',
    source: `CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
      CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()`,
    found: ['only a superuser may restore event triggers: e'],
    mend: 'superuser',
  },
  {
    name: 'publications of all tables',
    source: `CREATE PUBLICATION p FOR ALL TABLES; ALTER PUBLICATION p OWNER TO postgres`,
    found: ['only a superuser may restore publications of all tables: p'],
    options: NO_OWNER,
    mend: 'superuser',
  },
  {
    name: 'publications of all tables in a schema',
    versions: [18],
    source: 'CREATE PUBLICATION p FOR TABLES IN SCHEMA public',
    found: ['only a superuser may restore publications of all tables in schemas: public'],
    options: NO_OWNER,
    mend: 'superuser',
  },
  {
    name: 'owners of publications who may not create in the database',
    source: `CREATE PUBLICATION p; ALTER PUBLICATION p OWNER TO friend`,
    found: ['only a superuser may give publications to friend, who may not create anything in database app'],
    options: {},
    mend: 'commands',
  },
  {
    name: 'grants on large objects by others than the owner',
    versions: [18],
    source: `SELECT lo_create(1); GRANT SELECT ON LARGE OBJECT 1 TO other WITH GRANT OPTION;
      SET ROLE other; GRANT SELECT ON LARGE OBJECT 1 TO PUBLIC; RESET ROLE`,
    found: ['only a superuser may restore grants by others than the owner: 1'],
    options: NO_OWNER,
    mend: 'superuser',
  },
  {
    name: 'grants by others than the owner',
    versions: [18],
    source: `CREATE TABLE t (); GRANT SELECT ON t TO other WITH GRANT OPTION;
      SET ROLE other; GRANT SELECT ON t TO PUBLIC; RESET ROLE`,
    found: ['only a superuser may restore grants by others than the owner: public.t'],
    mend: { noPrivileges: true, ...NO_OWNER },
  },
  {
    name: 'privileges on objects of the server',
    source: 'GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO other',
    found: [
      'only a superuser may restore privileges on objects of the server or of extensions: pg_catalog.pg_read_file',
    ],
    mend: 'superuser',
  },
  {
    name: 'settings of modules that are not there',
    source: `ALTER DATABASE source SET app.tenant = 'x';
      CREATE FUNCTION f() RETURNS int LANGUAGE sql SET "app.Level" = '1' AS 'SELECT 1'`,
    found: [
      'role helper may not set the configuration parameters app.Level, app.tenant, which functions or the database have',
    ],
    mend: 'superuser',
  },
  {
    name: 'settings that can be granted',
    versions: [18],
    source: `ALTER DATABASE source SET app.tenant = 'x'; ALTER ROLE helper IN DATABASE source SET log_min_messages = 'error';
      ALTER DATABASE source SET session_preload_libraries = 'auto_explain'; ALTER DATABASE source SET search_path = 'a', 'b'`,
    found: [
      'role helper may not set the configuration parameters app.tenant, log_min_messages, session_preload_libraries, which functions or the database have',
    ],
    mend: 'commands',
  },
  {
    name: 'settings of other roles',
    source: `ALTER ROLE other IN DATABASE source SET work_mem = '1MB'`,
    found: ['role helper may not change the settings of other, who has some in the database'],
    mend: 'superuser',
  },
  {
    name: 'default privileges of other roles',
    source: 'ALTER DEFAULT PRIVILEGES FOR ROLE other GRANT SELECT ON TABLES TO helper',
    found: ['role helper may not alter the default privileges of other'],
    mend: 'commands',
  },
  {
    name: 'owners beyond reach',
    source:
      'CREATE TABLE t (); ALTER TABLE t OWNER TO other; CREATE VIEW v AS SELECT 1; ALTER VIEW v OWNER TO helper',
    target: 'GRANT CREATE ON SCHEMA public TO other',
    options: {},
    found: ['role helper may not give objects to other, who owned them'],
    mend: 'commands',
  },
  {
    name: 'owners who may not create in schema public',
    versions: [18],
    source: 'CREATE TABLE t (); ALTER TABLE t OWNER TO friend',
    options: {},
    found: [
      'only a superuser may give objects in schema public to friend, who may not create anything in it',
    ],
    mend: 'commands',
  },
  {
    name: 'owners who may not create in a schema of another',
    source: `CREATE SCHEMA s AUTHORIZATION helper; CREATE TABLE s.t (); ALTER TABLE s.t OWNER TO friend;
      CREATE TABLE s.u (); ALTER TABLE s.u OWNER TO helper`,
    options: {},
    found: ['only a superuser may give objects in schema s to friend, who may not create anything in it'],
    mend: NO_OWNER,
  },
  {
    name: 'settings and comment of the database',
    source: `ALTER DATABASE source SET work_mem = '1MB'; COMMENT ON DATABASE source IS 'mine'`,
    target:
      'ALTER DATABASE app OWNER TO postgres; GRANT ALL ON DATABASE app TO helper; GRANT ALL ON SCHEMA public TO helper',
    found: [
      'only the owner of database app may give it its comment and its settings, and role helper is not',
    ],
    mend: 'commands',
  },
  {
    name: 'the comment of schema public',
    source: `COMMENT ON SCHEMA public IS 'mine'`,
    target: 'ALTER SCHEMA public OWNER TO postgres',
    found: ['only the owner of schema public may give it its comment, and role helper is not'],
    mend: 'commands',
  },
  {
    name: 'schemas where it may not create',
    source: 'CREATE SCHEMA s; CREATE TABLE t ()',
    target:
      'ALTER DATABASE app OWNER TO postgres; REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC',
    found: [
      'role helper may not create anything in database app',
      'role helper may not create anything in schema public of database app',
    ],
    mend: 'commands',
  },
  {
    name: 'a database without schema public',
    source: 'CREATE TABLE t ()',
    target: 'DROP SCHEMA public',
    found: ['database app has no schema public, which every new one has'],
    mend: 'commands',
  },
  {
    name: 'extensions for superusers',
    source:
      'CREATE EXTENSION pg_stat_statements; CREATE EXTENSION citext; CREATE EXTENSION earthdistance CASCADE',
    found: [
      expect.stringMatching(
        /^role helper may not create the extensions? .*pg_stat_statements: permission denied to create extension/,
      ),
    ],
    mend: 'superuser',
  },
  {
    name: 'a language that it may not use',
    versions: [18],
    source: `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN END'`,
    target: 'REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC',
    found: ['role helper may not use the language plpgsql'],
    mend: 'commands',
  },
  {
    name: 'a language that was dropped',
    versions: [18],
    source: `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN END'`,
    target: 'DROP EXTENSION plpgsql',
    found: ['the target server lacks the language plpgsql'],
    mend: 'commands',
  },
  {
    name: 'a tablespace that it may not use',
    versions: [18],
    source:
      'CREATE TABLE t () TABLESPACE fast; CREATE TABLE u (id int PRIMARY KEY USING INDEX TABLESPACE fast)',
    found: ['role helper may not use the tablespace fast'],
    mend: 'commands',
  },
];

describe.each(VERSIONS)('a role that is no superuser on server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    // Only a program of the server's own account makes a folder that it can use.
    await server.query(
      'postgres',
      `COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; mkdir "${server.socketDir}/fast"'`,
    );
    await server.query('postgres', `CREATE TABLESPACE fast LOCATION '${server.socketDir}/fast'`);
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    await server.query('postgres', 'CREATE ROLE helper LOGIN; CREATE ROLE other; CREATE ROLE friend');
    await server.query('postgres', 'GRANT friend TO helper');
    await server.createDatabase('source');
    await server.createDatabase('app');
    await server.query('postgres', 'ALTER DATABASE app OWNER TO helper');
  });
  afterEach(async () => {
    await server.dropDatabase('source');
    await server.dropDatabase('app');
    await server.query('postgres', 'REVOKE ALL ON TABLESPACE fast FROM helper');
    if (version >= 15) {
      await server.query(
        'postgres',
        'REVOKE ALL ON PARAMETER app.tenant, log_min_messages, session_preload_libraries FROM helper',
      );
    }
    await server.query('postgres', 'DROP ROLE helper, other, friend');
  });

  it('is told nothing of what it can restore', { timeout: 60_000 }, async () => {
    await server.query(
      'source',
      `CREATE SCHEMA s; CREATE TYPE s.r AS RANGE (SUBTYPE = float8); CREATE TYPE s.e AS ENUM ('a'); CREATE EXTENSION citext;
      CREATE TABLE t (id serial PRIMARY KEY, c citext, r s.r, "in" text COLLATE "C", x xml); INSERT INTO t (x) VALUES ('<a/>');
      CREATE INDEX ON t (c); CREATE VIEW v AS SELECT * FROM t; GRANT SELECT ON v TO other;
      CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql SET work_mem = '1MB' SET search_path = '' AS 'BEGIN RETURN 1; END';
      CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
      ALTER DATABASE source SET search_path = s, public; COMMENT ON DATABASE source IS 'mine';
      COMMENT ON SCHEMA public IS ${version >= 15 ? `'mine'` : `'standard public schema'`};
      ALTER ROLE helper IN DATABASE source SET work_mem = '2MB';
      ALTER DEFAULT PRIVILEGES FOR ROLE friend GRANT SELECT ON TABLES TO other;
      ALTER TABLE t OWNER TO helper; ALTER SCHEMA s OWNER TO helper; ALTER TYPE s.r OWNER TO friend; GRANT friend TO helper`,
    );
    const options = { noOwner: true };
    const helper = server.url('app', 'helper');
    const facts = await factsOf(server.url('source'));
    expect(await preflight(helper, facts, options)).toMatchObject({ messages: [] });
    await withSource(server.url('source'), (source) => restore(helper, source, options));
  });

  it('may leave an extension alone that is there already', { timeout: 60_000 }, async () => {
    await server.query('source', 'CREATE EXTENSION pg_stat_statements; CREATE TABLE t ()');
    await server.query('app', 'CREATE EXTENSION pg_stat_statements; CREATE TABLE old ()');
    if (version < 15) await server.query('app', 'ALTER SCHEMA public OWNER TO helper');
    const options = { noOwner: true, replace: true };
    const helper = server.url('app', 'helper');
    const facts = await factsOf(server.url('source'));
    expect(await preflight(helper, facts, options)).toMatchObject({ messages: [] });
    const newer = JSON.parse(JSON.stringify(facts).replace(/"version":"1\.\d+"/, '"version":"1.99"'));
    expect(await preflight(helper, newer, options)).toMatchObject({
      messages: [
        expect.stringMatching(
          /older than the archive's: pg_stat_statements \(1\.\d+, in the archive 1\.99\)$/,
        ),
      ],
      hints: [expect.stringContaining('ALTER EXTENSION pg_stat_statements UPDATE;')],
    });
  });

  it('may replace what it owns by what it owned', { timeout: 60_000 }, async () => {
    await server.query('source', 'CREATE TABLE t (); ALTER TABLE t OWNER TO helper');
    await server.query('app', 'SET SESSION AUTHORIZATION helper; CREATE SCHEMA old; CREATE TABLE old.t ()');
    const options = { noOwner: false, replace: true };
    const helper = server.url('app', 'helper');
    const facts = await factsOf(server.url('source'));
    expect(await preflight(helper, facts, options)).toMatchObject({ messages: [] });
    const old = JSON.parse(
      JSON.stringify(facts, (key, value: unknown) => (key === 'demands' ? undefined : value)),
    );
    expect(await preflight(helper, old, options)).toMatchObject({ messages: [] });
    await withSource(server.url('source'), (source) => restore(helper, source, options));
    // Of a database that belongs to another, who is given some of it.
    await server.query('app', 'ALTER TABLE t OWNER TO friend; ALTER DATABASE app OWNER TO friend');
    await server.query('source', 'CREATE TABLE of_friend (); ALTER TABLE of_friend OWNER TO friend');
    const mixed = await factsOf(server.url('source'));
    expect(await preflight(helper, mixed, options)).toMatchObject({ messages: [] });
    await withSource(server.url('source'), (source) => restore(helper, source, options));
  });

  const cases = CASES.filter(({ versions }) => versions === undefined || versions.includes(version));

  it.each(cases)(
    'is told of $name, which would fail, and what mends it',
    { timeout: 60_000 },
    async (one) => {
      await server.query('source', one.source);
      if (one.target) await server.query('app', one.target);
      const options = one.options ?? NO_OWNER;
      const helper = server.url('app', 'helper');
      await withSource(server.url('source'), async (source) => {
        const facts = archivedFacts(source);
        const { messages, hints } = await preflight(helper, facts, options);
        expect(messages).toEqual(one.found);
        await expect(restore(helper, source, options)).rejects.toThrow(/./);
        let [url, mended] = [helper, options];
        if (one.mend === 'commands') {
          for (const command of hints.flatMap(commandsOf)) await server.query('app', command);
        } else if (one.mend === 'superuser') {
          expect(hints).toEqual(hints.map(() => expect.stringContaining('superuser') as string));
          url = server.url('app');
        } else {
          for (const [option] of Object.entries(one.mend).filter(([, value]) => value)) {
            const flag = option === 'noOwner' ? '--no-owner' : '--no-privileges';
            if (one.options === undefined && flag === '--no-owner') continue;
            expect(hints.join()).toContain(flag);
          }
          mended = one.mend;
        }
        expect((await preflight(url, facts, mended)).messages).toEqual([]);
        await restore(url, source, mended);
      });
    },
  );
});
