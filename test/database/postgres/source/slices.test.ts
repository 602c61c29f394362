import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseSource, SourceTable, TableSlice } from '../../../../src/database/engine.ts';
import { copyToStatement } from '../../../../src/database/postgres/copy.ts';
import {
  PAGE_SCAN_SETTINGS,
  type PageSlice,
  slicesOf,
} from '../../../../src/database/postgres/source/slices.ts';
import { openSource } from '../../../../src/database/postgres/source/source.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { sourceOptions } from '../../../support/engine-options.ts';

const table = { schema: 'public', name: 't', columns: ['id'], withRows: true };

describe('slicesOf', () => {
  const ranges = (change: Partial<Parameters<typeof slicesOf>[0]>): PageSlice['pages'][] =>
    slicesOf({ ...table, estimatedBytes: 1000, pages: 10, ...change }, 300).map(({ pages }) => pages);

  it('are pages without gaps, of about the same size, the last without end', () => {
    const slices = slicesOf({ ...table, estimatedBytes: 1000, pages: 10 }, 300);
    expect(slices).toEqual([
      { estimatedBytes: 1000 / 3, pages: { from: 0, to: 3 } },
      { estimatedBytes: 1000 / 3, pages: { from: 3, to: 6 } },
      { estimatedBytes: 1000 / 3, pages: { from: 6, to: null } },
    ]);
  });

  it('are no less than a page, whatever its rows have elsewhere', () => {
    expect(ranges({ estimatedBytes: 1e9, pages: 2 })).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: null },
    ]);
  });

  it.each([
    ['small', { estimatedBytes: 599 }],
    ['of one page', { estimatedBytes: 1e9, pages: 1 }],
    ['read by a query', { query: 'SELECT 1' }],
    ['without columns', { columns: [] }],
  ])('are one of a table that is %s', (_, change) => {
    expect(ranges(change)).toEqual([null]);
  });

  it('are one of a table whose pages cannot be read alone', () => {
    expect(slicesOf({ ...table, estimatedBytes: 1e9 }, 300)).toEqual([{ estimatedBytes: 1e9, pages: null }]);
  });
});

/** The last version without TID ranges, the first with them, and the newest. */
const versions = installedPostgresVersions().filter((version) => [13, 14, 18].includes(version));

describe.each(versions)('a large table of server %i', (version) => {
  let server: PostgresServer;
  let source: DatabaseSource | undefined;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.createDatabase('app');
    // A dropped and a generated column; a third of the rows gone again; wide values all at the beginning; a parent and a child.
    await server.query(
      'app',
      `CREATE TABLE "Wide t" (gone int, id int, "in line" text, apart text,
        sum int GENERATED ALWAYS AS (id + 1) STORED);
      ALTER TABLE "Wide t" ALTER apart SET STORAGE EXTERNAL, DROP gone;
      INSERT INTO "Wide t" (id, "in line", apart)
        SELECT i, repeat('x', 1000), CASE WHEN i <= 75 THEN repeat('0123456789', 100000) END
        FROM generate_series(1, 3000) AS i;
      DELETE FROM "Wide t" WHERE id % 3 = 0;
      CREATE TABLE child () INHERITS ("Wide t");
      INSERT INTO child (id) VALUES (-1);
      CREATE ROLE reader LOGIN; GRANT SELECT ON "Wide t", child TO reader`,
    );
  }, 120_000);
  afterEach(async () => {
    await source?.close();
    source = undefined;
  });
  afterAll(() => server?.stop());

  async function open(role?: string): Promise<{ wide: SourceTable; slices: readonly TableSlice[] }> {
    source = await openSource(sourceOptions(server.url('app', role), { jobs: 2 }));
    const wide = source.tables.find(({ name }) => name === 'Wide t')!;
    return { wide, slices: await source.slices(wide) };
  }

  async function read(of: SourceTable, slice?: TableSlice): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const part of source!.parts(of, 1 << 20, slice)) {
      for await (const chunk of part.chunks) chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  it(`is ${version < 14 ? 'one slice' : 'slices, which are all of its rows in their order'}`, async () => {
    const { wide, slices } = await open('reader');
    expect(slices).toHaveLength(version < 14 ? 1 : 2);
    // What others commit meanwhile is not in the snapshot: rows that move to other pages, go, or come.
    await server.query(
      'app',
      `UPDATE "Wide t" SET "in line" = 'changed' WHERE id % 2 = 0; DELETE FROM "Wide t" WHERE id % 7 = 0;
      INSERT INTO "Wide t" (id) SELECT generate_series(10000, 20000)`,
    );
    const texts = await Promise.all(slices.map((slice) => read(wide, slice)));
    const whole = await read(wide);
    expect(Buffer.concat(texts).equals(whole)).toBe(true);
    const ids = whole.toString('latin1').split('\n').slice(0, -1).map(Number.parseFloat);
    expect(ids).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1).filter((id) => id % 3 !== 0));
    for (const text of texts) expect(text.length).toBeGreaterThan(0);
  });

  it.runIf(version >= 14)('is read by going to its pages, whatever the server is set to', async () => {
    const { wide, slices } = await open();
    const plans = [];
    for (const { pages } of slices as readonly PageSlice[]) {
      const statement = copyToStatement(wide, 'UTF8', pages);
      const query = /^COPY \((.*)\) TO/.exec(statement)![1]!;
      const rows = await server.query<{ 'QUERY PLAN': string }>(
        'app',
        `SET enable_tidscan = off; SET seq_page_cost = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
        BEGIN; ${PAGE_SCAN_SETTINGS}; EXPLAIN (COSTS off) ${query}`,
      );
      plans.push(rows[0]!['QUERY PLAN']);
    }
    expect(plans).toEqual(slices.map(() => expect.stringMatching(/^Tid Range Scan on "Wide t"/)));
  });
});
