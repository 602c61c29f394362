import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { sourceOptions } from '../../support/engine-options.ts';
import { postgres } from '../../../src/database/postgres/postgres.ts';
import { copyAll, openReplacing } from './copy-all.ts';
import { restoreWithPsql } from './psql-restore.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);

const LABELS = Array.from({ length: 20 }, (_, index) => `'label ${index}'`).join(', ');
const leaves = (table: string, parts = 4): string =>
  Array.from(
    { length: parts },
    (_, part) =>
      `CREATE TABLE ${table}_${part} PARTITION OF ${table} FOR VALUES WITH (MODULUS ${parts}, REMAINDER ${part});`,
  ).join('\n');
/** Tables whose hashes are made from the numbers of an enum's values, which are others in each database. */
const SCHEMA = `
  CREATE TYPE label AS ENUM (${LABELS});
  CREATE DOMAIN short AS label;
  CREATE TYPE pair AS (label label, n int);
  CREATE TYPE span AS RANGE (subtype = label);
  CREATE TABLE plain (key label, n int, twice int GENERATED ALWAYS AS (n * 2) STORED) PARTITION BY HASH (key);
  CREATE TABLE lists (key short[], n int) PARTITION BY HASH (key);
  CREATE TABLE spans (key span, n int) PARTITION BY HASH (key);
  CREATE TABLE months (key label, n int) PARTITION BY RANGE (n);
  CREATE TABLE months_1 (n int, key label) PARTITION BY HASH (key);
  ALTER TABLE months ATTACH PARTITION months_1 FOR VALUES FROM (1) TO (100);
  CREATE TABLE deep (key label, n int) PARTITION BY HASH (key);
  CREATE TABLE deep_0 PARTITION OF deep FOR VALUES WITH (MODULUS 2, REMAINDER 0) PARTITION BY LIST (n);
  CREATE TABLE deep_0_all PARTITION OF deep_0 DEFAULT PARTITION BY HASH (key, n);
  CREATE TABLE deep_1 PARTITION OF deep FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  ${['plain', 'lists', 'spans', 'months_1', 'deep_0_all'].map((table) => leaves(table)).join('\n')}
  INSERT INTO plain SELECT v, i FROM unnest(enum_range(null::label)) WITH ORDINALITY AS u (v, i);
  INSERT INTO lists SELECT ARRAY[key::short], n FROM plain;
  INSERT INTO spans SELECT span(key, null), n FROM plain;
  INSERT INTO months SELECT key, n FROM plain;
  INSERT INTO deep SELECT key, n FROM plain`;
const TABLES = ['plain', 'lists', 'spans', 'months', 'deep'];
/** Hashes of composite types came with 14. */
const PAIRS = `CREATE TABLE pairs (key pair, n int) PARTITION BY HASH (key); ${leaves('pairs')}
  INSERT INTO pairs SELECT ROW(key, n)::pair, n FROM plain`;

describe.each(VERSIONS)('tables partitioned by hash of server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  });
  afterAll(() => server?.stop());
  beforeEach(() => server.createDatabase('app', { encoding: 'LATIN1', locale: 'C' }));
  afterEach(async () => {
    for (const name of ['app', 'restored']) await server.dropDatabase(name);
  });

  const source = async (options: Parameters<typeof sourceOptions>[1] = {}) => {
    const opened = await postgres.openSource(sourceOptions(server.url('app'), options));
    onTestFinished(() => opened.close());
    return opened;
  };
  const restore = async (from: Awaited<ReturnType<typeof source>>, jobs: number): Promise<void> => {
    const target = await openReplacing(server.url('restored'), { replace: true, jobs });
    onTestFinished(() => target.close());
    await copyAll(from, target);
    await target.commit();
    await target.clean();
  };
  const rows = (database: string, table: string) =>
    server.query(database, `SELECT key::text, n FROM ${table} ORDER BY n`);

  describe('over values of an enum', () => {
    const tables = version >= 14 ? [...TABLES, 'pairs'] : TABLES;
    beforeEach(async () => {
      await server.createDatabase('restored');
      await server.query('app', version >= 14 ? `${SCHEMA}; ${PAIRS}` : SCHEMA);
    });
    const expectAll = async (): Promise<void> => {
      for (const table of tables) expect(await rows('restored', table)).toEqual(await rows('app', table));
      // It is found by its key, too: it lies where the server looks for it.
      for (const table of ['plain', 'months', 'deep']) {
        const found = await server.query('restored', `SELECT n FROM ${table} WHERE key = 'label 7'`);
        expect(found).toEqual([{ n: 8 }]);
      }
    };

    it.each([1, 2])('come back with %i jobs', async (jobs) => {
      await restore(await source(), jobs);
      await expectAll();
    });

    it('come back by psql', async () => {
      await restoreWithPsql(server, await source(), 'restored');
      await expectAll();
    });

    it('leave partitions that were chosen without them to themselves', async () => {
      const from = await source({ selectTable: (_schema, name) => name === 'plain_0' });
      expect(from.tables.map(({ name, loadStatement }) => `${name}: ${loadStatement}`)).toEqual([
        expect.stringMatching(/^plain_0: .*COPY public\.plain_0 \(key, n\)/s),
      ]);
      await restore(from, 1);
      expect(await rows('restored', 'plain_0')).toEqual(await rows('app', 'plain_0'));
    });
  });

  it.each([1, 2])('over texts come back in another encoding, with %i jobs', async (jobs) => {
    await server.createDatabase('restored', { encoding: 'UTF8', locale: 'C' });
    await server.query(
      'app',
      `CREATE TABLE words (key text, n int) PARTITION BY HASH (key); ${leaves('words')}
       INSERT INTO words SELECT 'é' || i, i FROM generate_series(1, 50) AS i`,
    );
    await restore(await source(), jobs);
    expect(await rows('restored', 'words')).toEqual(await rows('app', 'words'));
  });
});
