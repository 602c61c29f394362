import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { factsOf, preflight, restore, withSource } from './preflight-bench.ts';

const VERSIONS = [13, 18] as const;
const isInstalled = VERSIONS.every((version) => installedPostgresVersions().includes(version));
if (!isInstalled) console.warn('What servers lack is not tested: it takes servers 13 and 18');

/** What server 13 has too, and its libraries. */
const COMMON = `
  CREATE COLLATION public.german (PROVIDER = icu, LOCALE = 'de', DETERMINISTIC = false);
  CREATE COLLATION public.c (LOCALE = 'C');
  CREATE FUNCTION public.negative(integer) RETURNS integer LANGUAGE internal AS 'int4um';
  CREATE FUNCTION public.handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
  CREATE LANGUAGE other HANDLER public.handler;
  CREATE TYPE public.span AS RANGE (SUBTYPE = date);`;

const NEW = `
  CREATE COLLATION public.ruled (PROVIDER = icu, LOCALE = 'de', RULES = '&V << w');
  CREATE COLLATION public.built_in (PROVIDER = builtin, LOCALE = 'C.UTF-8');
  CREATE FUNCTION public.uuid() RETURNS uuid LANGUAGE internal AS 'uuidv7';
  CREATE FUNCTION public.wal(pg_lsn) RETURNS record LANGUAGE c AS '$libdir/pg_walinspect', 'pg_get_wal_record_info';
  CREATE FUNCTION public.walls(pg_lsn) RETURNS record LANGUAGE c AS '$libdir/pg_walinspect', 'pg_get_wal_block_info';`;

describe.skipIf(!isInstalled)('collations and functions in machine code', () => {
  let old: PostgresServer;
  let recent: PostgresServer;
  beforeAll(async () => {
    [old, recent] = await Promise.all([startPostgres({ version: 13 }), startPostgres({ version: 18 })]);
    await recent.createDatabase('source');
    await recent.query('source', COMMON);
    await old.createDatabase('app');
  }, 120_000);
  afterAll(async () => {
    await old?.stop();
    await recent?.stop();
  });

  it('pass where the target has what is behind them, and leave nothing there', async () => {
    const found = await preflight(old.url('app'), await factsOf(recent.url('source')));
    expect(found.messages).toEqual([expect.stringMatching(/older than the archive's/)]);
    expect(await old.query('app', 'SELECT FROM pg_proc WHERE oid >= 16384')).toEqual([]);
    expect(await old.query('app', 'SELECT FROM pg_collation WHERE oid >= 16384')).toEqual([]);
    await withSource(recent.url('source'), async (source) => {
      await recent.createDatabase('copy');
      await restore(recent.url('copy'), source);
    });
  });

  it('are named where it has not', async () => {
    await recent.createDatabase('demanding');
    await recent.query('demanding', COMMON + NEW);
    const facts = await factsOf(recent.url('demanding'));
    expect((await preflight(old.url('app'), facts)).messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^the target server cannot make the collations public\.built_in \(.+\), public\.ruled \(.+\)$/,
        ),
        'the target server lacks the library $libdir/pg_walinspect, which functions in C are in',
        'the target server cannot make functions in machine code: there is no built-in function named "uuidv7"',
      ]),
    );
    await recent.createDatabase('empty');
    expect((await preflight(recent.url('empty'), facts)).messages).toEqual([]);
  });

  it('need a superuser, as do types, casts, transforms and languages', async () => {
    await recent.createDatabase('owned');
    await recent.query(
      'owned',
      `${COMMON}
      CREATE TYPE public.shell;
      CREATE TYPE public.base;
      CREATE FUNCTION public.base_in(cstring) RETURNS public.base LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
      CREATE FUNCTION public.base_out(public.base) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int4out';
      CREATE TYPE public.base (INPUT = public.base_in, OUTPUT = public.base_out, LIKE = integer);
      CREATE TYPE public.mood AS ENUM ('a');
      CREATE CAST (public.base AS integer) WITHOUT FUNCTION;
      CREATE CAST (public.mood AS public.base) WITH INOUT;
      CREATE CAST (point AS integer) WITH INOUT;
      CREATE FUNCTION public.from_sql(internal) RETURNS internal LANGUAGE internal STRICT IMMUTABLE AS 'int4recv';
      CREATE TRANSFORM FOR public.mood LANGUAGE other (FROM SQL WITH FUNCTION public.from_sql(internal))`,
    );
    await recent.query('postgres', 'CREATE ROLE helper LOGIN');
    await recent.query('postgres', 'CREATE DATABASE given OWNER helper');
    const { messages } = await preflight(recent.url('given', 'helper'), await factsOf(recent.url('owned')), {
      noOwner: true,
    });
    expect(messages).toEqual([
      'only a superuser may restore base types: public.base, public.shell',
      'only a superuser may restore casts between types of the server or of extensions: (pg_catalog.point AS integer)',
      'only a superuser may restore casts without a function: (public.base AS integer)',
      expect.stringMatching(
        /^only a superuser may restore functions in untrusted languages: .*public\.base_in\(cstring\)/,
      ),
      'only a superuser may restore procedural languages: other',
      'only a superuser may restore transforms: FOR public.mood LANGUAGE other',
    ]);
  });
});
