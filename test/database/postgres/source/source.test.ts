import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseSource } from '../../../../src/database/engine.ts';
import { openSource } from '../../../../src/database/postgres/source/source.ts';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { sourceOptions } from '../../../support/engine-options.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(() => server.createDatabase('app'));
afterEach(() => server.dropDatabase('app'));

async function open(): Promise<DatabaseSource> {
  return openSource(sourceOptions(server.url('app')));
}

describe('openSource', () => {
  it('keeps for the manifest what a target needs to know', async () => {
    await server.query('app', 'CREATE ROLE keeper; CREATE TABLE t (id int); ALTER TABLE t OWNER TO keeper');
    const source = await open();
    expect(source.facts).toMatchObject({
      engine: 'postgres',
      version: expect.stringMatching(/^18\./),
      database: 'app',
      encoding: 'UTF8',
      snapshot: expect.stringMatching(/^[0-9A-F]+-[0-9A-F]+-\d+$/),
      requires: { roles: { owners: expect.arrayContaining(['keeper']) } },
    });
    await source.close();
    await server.query('app', 'DROP OWNED BY keeper; DROP ROLE keeper');
  });

  it('gives psql the statement to load a table with', async () => {
    await server.query(
      'app',
      'CREATE TABLE "My Table" (id int, "Order" int, sum int GENERATED ALWAYS AS (id) STORED)',
    );
    const source = await open();
    expect(source.tables.map((table) => table.loadStatement)).toEqual([
      `SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n` +
        `COPY public."My Table" (id, "Order") FROM STDIN WITH (ENCODING 'UTF8');`,
    ]);
    await source.close();
  });

  it('names materialized views that will come back without rows, for what they read has none', async () => {
    await server.query(
      'app',
      `CREATE MATERIALIZED VIEW emptied AS SELECT 1 AS id;
       CREATE VIEW between AS SELECT * FROM emptied;
       CREATE MATERIALIZED VIEW "Stale" AS SELECT * FROM between;
       CREATE MATERIALIZED VIEW filled AS SELECT 1 AS id;
       REFRESH MATERIALIZED VIEW emptied WITH NO DATA`,
    );
    const reporter = recordingReporter();
    const source = await openSource(sourceOptions(server.url('app'), { reporter }));
    await source.close();
    expect(reporter.warnings).toEqual([
      'Materialized views that read one which is not populated will come back without rows: public.Stale. ' +
        'REFRESH MATERIALIZED VIEW what they read, then back up again.',
    ]);
  });

  it('keeps the bytes of a schema in no known encoding, and says so', async () => {
    await server.dropDatabase('app');
    await server.createDatabase('app', { encoding: 'SQL_ASCII', locale: 'C' });
    await server.query('app', 'CREATE TABLE t (id int)');
    const plain = await open();
    expect(plain.facts['textEncoding']).toBe('UTF8');
    expect(plain.preData.map(({ sql }) => sql)).toContain("SET client_encoding = 'UTF8';");
    await plain.close();
    await server.query(
      'app',
      `DO $$ BEGIN EXECUTE 'COMMENT ON TABLE t IS ''caf' || chr(233) || ''''; END $$`,
    );
    const source = await open();
    expect(source.facts['textEncoding']).toBe('SQL_ASCII');
    const statements = source.preData.map(({ sql }) => sql);
    expect(statements).toContain("SET client_encoding = 'SQL_ASCII';");
    expect(statements).toContain("COMMENT ON TABLE public.t IS 'caf\udce9';");
    await source.close();
  });
});
