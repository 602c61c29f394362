import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { withSnapshot } from '../roundtrip.ts';

const VERSIONS = [13, 18] as const;

describe.each(VERSIONS)('operators of server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 120_000);
  afterAll(() => server?.stop());

  /** The statements that make what `sql` makes in a database of its own. */
  async function exported(sql: string): Promise<string[]> {
    await server.createDatabase('source');
    try {
      await server.query('source', sql);
      return await withSnapshot(server, 'source', async ({ schema }) =>
        [...schema.preData, ...schema.postData]
          .filter(({ kind }) => !['SETTING', 'OWNER', 'ACL'].includes(kind))
          .map(({ sql: text }) => text.replaceAll(/\s+/g, ' ')),
      );
    } finally {
      await server.dropDatabase('source');
    }
  }

  it('are listed alike whatever order they were made in', { timeout: 60_000 }, async () => {
    const made = [
      'CREATE OPERATOR public.=== (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)',
      'CREATE OPERATOR public.=== (FUNCTION = int8eq, LEFTARG = bigint, RIGHTARG = bigint)',
      'CREATE OPERATOR public.=== (FUNCTION = int48eq, LEFTARG = int, RIGHTARG = bigint)',
      'CREATE OPERATOR public.=== (FUNCTION = int4um, RIGHTARG = int)',
      'CREATE OPERATOR CLASS public.c FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int)',
      'CREATE OPERATOR CLASS public.c FOR TYPE int USING btree AS OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int)',
    ];
    const statements = await exported(made.join(';'));
    expect(statements).toHaveLength(made.length + 2);
    expect(await exported(made.toReversed().join(';'))).toEqual(statements);
  });

  it('that only a shell names come without it once nothing names it', { timeout: 60_000 }, async () => {
    const statements = await exported(`
      CREATE OPERATOR public.< (FUNCTION = int4lt, LEFTARG = int, RIGHTARG = int, COMMUTATOR = OPERATOR(public.>));
      CREATE OPERATOR public.<< (FUNCTION = int4lt, LEFTARG = int, RIGHTARG = int, COMMUTATOR = OPERATOR(public.>>));
      DROP OPERATOR public.<< (int, int); COMMENT ON OPERATOR public.>> (int, int) IS 'forgotten'`);
    expect(statements).toEqual([expect.stringMatching(/^CREATE OPERATOR public\.< .*OPERATOR\(public\.>\)/)]);
  });

  it(
    "added to families of the server's and of extensions are the user's only",
    { timeout: 60_000 },
    async () => {
      const statements = await exported(`
      CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist;
      CREATE FUNCTION public.f(int, numeric) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
      ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree ADD FUNCTION 1 (int, numeric) public.f(int, numeric);
      CREATE FUNCTION public.same(hstore, hstore) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE OPERATOR public.=~= (FUNCTION = public.same, LEFTARG = hstore, RIGHTARG = hstore);
      ALTER OPERATOR FAMILY public.gin_hstore_ops USING gin ADD OPERATOR 63 public.=~= (hstore, hstore)`);
      expect(statements.filter((sql) => sql.includes('OPERATOR FAMILY'))).toEqual([
        'ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree ADD FUNCTION 1 (integer, numeric) public.f(integer,numeric);',
        'ALTER OPERATOR FAMILY public.gin_hstore_ops USING gin ADD OPERATOR 63 public.=~=(public.hstore,public.hstore);',
      ]);
    },
  );
});
