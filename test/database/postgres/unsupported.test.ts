import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { withSnapshot } from './roundtrip.ts';

describe.each(installedPostgresVersions())('server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  }, 120_000);
  afterAll(() => server?.stop());

  /** The lines below the error's first one. */
  async function refused(database: string): Promise<string[]> {
    const error = await withSnapshot(server, database, async () => undefined).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error).toMatchObject({ code: 'failed' });
    return (error as HoldfastError).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }

  it('names fifty of many and counts the others', { timeout: 60_000 }, async () => {
    await server.createDatabase('many');
    await server.query(
      'many',
      `DO $$ BEGIN FOR i IN 10..69 LOOP EXECUTE format('CREATE DOMAIN public.c%s AS integer', i); END LOOP; END $$;
      -- Of a kind that no server has yet.
      SET allow_system_table_mods = on; UPDATE pg_type SET typtype = 'x' WHERE typname ~ '^c\\d\\d$'`,
    );
    const lines = await refused('many');
    expect(lines).toHaveLength(51);
    expect(lines.at(0)).toBe('type public.c10');
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
