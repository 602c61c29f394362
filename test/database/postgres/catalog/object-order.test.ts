import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { copyDatabase, withSnapshot } from '../roundtrip.ts';

/** Objects whose names are alike, in two parts that can be made in either order. */
const TWINS = ['x', 'y'].map(
  (schema) => `
    CREATE SCHEMA ${schema};
    CREATE TYPE ${schema}.mood AS ENUM ('a');
    CREATE TYPE ${schema}.base;
    CREATE FUNCTION ${schema}.base_in(cstring) RETURNS ${schema}.base LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
    CREATE FUNCTION ${schema}.base_out(${schema}.base) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int4out';
    CREATE TYPE ${schema}.base (INPUT = ${schema}.base_in, OUTPUT = ${schema}.base_out, LIKE = integer);
    CREATE CAST (${schema}.mood AS ${schema}.base) WITH INOUT;
    CREATE CAST (${schema}.mood AS integer) WITH INOUT;
    CREATE FUNCTION public.of(${schema}.mood) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION public.of(a ${schema}.base) RETURNS integer LANGUAGE sql AS 'SELECT 2';
    CREATE DOMAIN ${schema}.some AS ${schema}.mood CONSTRAINT same CHECK (VALUE IS NOT NULL);
    COMMENT ON CAST (${schema}.mood AS integer) IS 'a cast of ${schema}';
    CREATE COLLATION ${schema}.same (LOCALE = 'C');
    CREATE CONVERSION ${schema}.same FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
    CREATE FUNCTION ${schema}.from_sql(internal) RETURNS internal LANGUAGE internal STRICT IMMUTABLE AS 'int4recv';
    CREATE TRANSFORM FOR ${schema}.mood LANGUAGE plpgsql (FROM SQL WITH FUNCTION ${schema}.from_sql(internal));`,
);

describe.each([14, 18] as const)('the order of objects on server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 120_000);
  afterAll(() => server?.stop());

  async function make(database: string, ...scripts: readonly string[]): Promise<void> {
    await server.createDatabase(database);
    for (const sql of scripts) await server.query(database, sql);
  }

  function exported(database: string): Promise<string[]> {
    return withSnapshot(server, database, async ({ schema }) =>
      [...schema.preData, ...schema.postData].map(({ sql }) => sql),
    );
  }

  it('does not hang on the order in which they were made', { timeout: 60_000 }, async () => {
    await make('forward', ...TWINS);
    await make('backward', ...TWINS.toReversed());
    await copyDatabase(server, 'forward', 'restored');
    const forward = await exported('forward');
    expect(forward.filter((sql) => sql.startsWith('CREATE CAST'))).toHaveLength(4);
    expect(await exported('forward')).toEqual(forward);
    expect(await exported('backward')).toEqual(forward);
    expect(await exported('restored')).toEqual(forward);
  });

  it('lets functions whose bodies call each other come as they were', { timeout: 60_000 }, async () => {
    await make(
      'mutual',
      `CREATE TYPE pair AS (a integer);
      CREATE FUNCTION is_even(i integer) RETURNS boolean IMMUTABLE RETURN true;
      CREATE FUNCTION is_odd(i integer) RETURNS boolean IMMUTABLE STRICT
        RETURN CASE WHEN i > 0 THEN is_even(i - 1) ELSE false END;
      CREATE OR REPLACE FUNCTION is_even(i integer) RETURNS boolean IMMUTABLE
        RETURN CASE WHEN i > 0 THEN is_odd(i - 1) AND (i = 1 OR is_even(i - 2)) ELSE true END;
      CREATE FUNCTION first(x pair[], OUT y integer) SET work_mem TO '2MB' BEGIN ATOMIC SELECT 1; END;
      CREATE FUNCTION second(VARIADIC z integer[] DEFAULT '{}') RETURNS TABLE ("Odd ""y" integer)
        BEGIN ATOMIC SELECT first(NULL); END;
      SELECT set_config('search_path', '', false);
      CREATE OR REPLACE FUNCTION public.first(x public.pair[], OUT y integer) SET work_mem TO '2MB'
        SET search_path FROM CURRENT BEGIN ATOMIC SELECT "Odd ""y" FROM public.second(); END;
      RESET search_path;
      CREATE TABLE of_both (a integer DEFAULT first(NULL), CHECK (is_even(a)));
      COMMENT ON FUNCTION is_even(integer) IS 'even'; REVOKE ALL ON FUNCTION is_odd(integer) FROM PUBLIC;`,
    );
    await copyDatabase(server, 'mutual', 'mutual_copy');
    const statements = await exported('mutual');
    expect(statements.filter((sql) => sql.startsWith('CREATE OR REPLACE FUNCTION'))).not.toEqual([]);
    expect(await exported('mutual_copy')).toEqual(statements);
    const bodies = (database: string) =>
      server.query(
        database,
        `SELECT pg_get_functiondef(oid) AS text FROM pg_proc WHERE oid >= 16384 ORDER BY proname`,
      );
    expect(await bodies('mutual_copy')).toEqual(await bodies('mutual'));
    expect(await server.query('mutual_copy', 'SELECT is_even(0), is_odd(1)')).toEqual([
      { is_even: true, is_odd: true },
    ]);
  });

  it('names functions that no order can make', { timeout: 60_000 }, async () => {
    await make(
      'endless',
      `CREATE FUNCTION a(x integer DEFAULT 1) RETURNS integer RETURN 1;
      CREATE FUNCTION b(x integer DEFAULT a()) RETURNS integer RETURN 1;
      CREATE OR REPLACE FUNCTION a(x integer DEFAULT b()) RETURNS integer RETURN 1;`,
    );
    await expect(exported('endless')).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/^these objects need each other: function public\.[ab]\(x integer\), /),
    });
  });
});
