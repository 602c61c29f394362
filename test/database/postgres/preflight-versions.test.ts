import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { factsOf, preflight, restore, withSource } from './preflight-bench.ts';

/** What server 13 took, by the first version that refuses it. */
const REFUSED: readonly { name: string; since: number; source: string; found: string }[] = [
  {
    name: 'operators behind their operand',
    since: 14,
    source: 'CREATE OPERATOR public.!!! (FUNCTION = int4um, LEFTARG = int)',
    found: 'postfix operators: public.!!!(integer,NONE)',
  },
  {
    name: 'aggregates on functions of arrays',
    since: 14,
    source: `CREATE AGGREGATE public.append(anyelement) (SFUNC = array_append, STYPE = anyarray)`,
    found: 'aggregates on the array functions that take compatible types now: public.append(anyelement)',
  },
  {
    name: 'operators on functions of arrays',
    since: 14,
    source: `CREATE OPERATOR public.+ (FUNCTION = array_cat, LEFTARG = anyarray, RIGHTARG = anyarray)`,
    found: 'operators on the array functions that take compatible types now: public.+(anyarray,anyarray)',
  },
  {
    name: 'conversions by functions of their own',
    since: 14,
    source: `CREATE FUNCTION public.convert(integer, integer, cstring, internal, integer) RETURNS void
        LANGUAGE c STRICT AS '$libdir/utf8_and_iso8859_1', 'utf8_to_iso8859_1';
      CREATE CONVERSION public.own FOR 'UTF8' TO 'LATIN1' FROM public.convert`,
    found: 'conversions by functions of five arguments: public.own',
  },
  {
    name: 'operators that were taken away',
    since: 14,
    source: `CREATE VIEW public.factorial AS SELECT !! 5 AS a, box '((0,0),(1,1))' @ box '((0,0),(1,1))' AS b`,
    found:
      'expressions with operators that were taken away (factorials, @ and ~ of geometric types): public.factorial',
  },
  {
    name: "commutators that are another's",
    since: 17,
    source: `CREATE OPERATOR public.> (FUNCTION = int4gt, LEFTARG = int, RIGHTARG = int, COMMUTATOR = OPERATOR(pg_catalog.<))`,
    found: "operators whose commutator or negator is another operator's: public.>(integer,integer)",
  },
];

describe('what server 13 took', () => {
  const servers = new Map<number, PostgresServer>();
  beforeAll(async () => {
    for (const version of [13, 14, 16, 18] as const) servers.set(version, await startPostgres({ version }));
  }, 240_000);
  afterAll(async () => {
    for (const server of servers.values()) await server.stop();
  });

  function serverOf(version: number): PostgresServer {
    return servers.get(version) as PostgresServer;
  }

  it.each(REFUSED)('is refused of $name by what no longer takes it', { timeout: 120_000 }, async (one) => {
    const old = serverOf(13);
    await old.createDatabase('source');
    await old.query('source', one.source);
    const facts = await factsOf(old.url('source'));
    for (const version of [14, 16, 18]) {
      const server = serverOf(version);
      await server.createDatabase('app');
      const { messages } = await preflight(server.url('app'), facts);
      const refuses = version >= one.since;
      expect(messages).toEqual(
        refuses
          ? [
              expect.stringMatching(
                new RegExp(`is PostgreSQL ${version}\\.\\d+, and since ${one.since} none takes `),
              ),
            ]
          : [],
      );
      if (refuses) expect(messages.join()).toContain(`none takes ${one.found}`);
      await withSource(old.url('source'), async (source) => {
        const restored = restore(server.url('app'), source);
        if (!refuses) return restored;
        await expect(restored).rejects.toThrow(/refused to restore (aggregate|conversion|operator|view)/);
      });
      await server.dropDatabase('app');
    }
    await old.dropDatabase('source');
  });
});
