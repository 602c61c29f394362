import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { withSnapshot } from '../roundtrip.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 120_000);
afterAll(() => server?.stop());

it('takes for granted what pg_import_system_collations() brings, and tells of the others what is behind them', async () => {
  await server.createDatabase('source');
  await server.query(
    'source',
    `CREATE COLLATION pg_catalog.imported (PROVIDER = icu, LOCALE = 'sv');
    CREATE COLLATION public."Odd ""one" (PROVIDER = icu, LOCALE = 'de', DETERMINISTIC = false, RULES = '&V << w');
    CREATE COLLATION public.libc (LC_COLLATE = 'C', LC_CTYPE = 'POSIX');
    CREATE TABLE public.t (a text COLLATE pg_catalog.imported, b text COLLATE public."Odd ""one")`,
  );
  const { preData, requires } = await withSnapshot(server, 'source', async ({ schema }) => schema);
  expect(preData.filter(({ kind }) => kind === 'COLLATION').map(({ name }) => name)).toEqual([
    'Odd "one',
    'libc',
  ]);
  expect(requires.collations).toEqual(['pg_catalog.imported']);
  expect(requires.demands?.collationVersions.map(({ name }) => name)).toEqual(['pg_catalog.imported']);
  expect(requires.demands?.collations).toEqual([
    {
      name: 'public."Odd ""one"',
      provider: 'i',
      deterministic: 'f',
      collate: null,
      ctype: null,
      locale: 'de',
      rules: '&V << w',
    },
    expect.objectContaining({
      name: 'public.libc',
      provider: 'c',
      collate: 'C',
      ctype: 'POSIX',
      locale: null,
    }),
  ]);
});
