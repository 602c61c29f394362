import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../servers/postgres.ts';
import { type HoldfastResult, runHoldfast } from '../support/run-holdfast.ts';
import { folderOfFile } from '../support/temporary-folder.ts';

let server: PostgresServer;
/** Holds the archive `a.zip` of the database `source`. */
const cwd = await folderOfFile();
let copies = 0;

beforeAll(async () => {
  server = await startPostgres();
  await server.createDatabase('source');
  await server.query(
    'source',
    `CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL);
    INSERT INTO people (name) SELECT 'person ' || n FROM generate_series(1, 1000) AS n;
    CREATE TABLE "Odd ""name" (a int, b text);
    INSERT INTO "Odd ""name" VALUES (1, 'x'), (2, NULL), (2, NULL);
    CREATE TABLE wide (id int, filler text);
    INSERT INTO wide SELECT n, repeat(md5(n::text), 10) FROM generate_series(1, 60000) AS n;
    CREATE TABLE empty (a int);
    CREATE VIEW named AS SELECT name FROM people;
    CREATE INDEX ON people (name);`,
  );
  await run(['backup', 'a.zip', '--database', server.url('source')]);
});
afterAll(() => server?.stop());

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<HoldfastResult> {
  return runHoldfast(args, { cwd, env });
}

/** A database restored from the archive and then changed. */
async function restored(change = ''): Promise<string> {
  copies += 1;
  const name = `copy_${copies}`;
  await server.createDatabase(name);
  const restore = await run(['restore', 'a.zip', '--database', server.url(name)]);
  expect(restore).toMatchObject({ code: 0 });
  if (change !== '') await server.query(name, change);
  return server.url(name);
}

/** The messages of the differences that `verify --against` finds. */
async function differences(
  url: string,
  archive = 'a.zip',
): Promise<{ code: number | null; found: string[] }> {
  const { code, stderr } = await run(['verify', archive, '--json', '--against', url]);
  const summary = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as {
    against: { differences: { message: string }[] };
  };
  return { code, found: summary.against.differences.map(({ message }) => message) };
}

describe('verify --against', () => {
  it('finds no difference to the source and to a restored database', async () => {
    expect(await differences(server.url('source'))).toEqual({ code: 0, found: [] });
    const result = await run(['verify', 'a.zip', '--against', await restored(), '--jobs', '2']);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('The same: database copy_1, the rows of 4 tables');
  });

  it.each([
    [
      'a row more',
      `INSERT INTO people (id, name) VALUES (9999, 'x')`,
      ['rows of table public.people: the database has 1,001 rows, the archive 1,000 rows'],
    ],
    [
      'a value changed',
      `UPDATE "Odd ""name" SET b = 'y' WHERE a = 1`,
      [
        'rows of table public.Odd "name: 3 rows on both sides, but not the same; the first difference is in part 1 of 1',
      ],
    ],
    [
      'a value changed in a late part',
      // In place of the old row, so that the order stays.
      `CREATE TEMP TABLE t AS SELECT * FROM wide ORDER BY id;
      UPDATE t SET filler = repeat(md5('x'), 10) WHERE id = 59000;
      TRUNCATE wide; INSERT INTO wide SELECT * FROM t ORDER BY id`,
      [
        'rows of table public.wide: 60,000 rows on both sides, but not the same; the first difference is in part 3 of 3',
      ],
    ],
    [
      'a table emptied',
      `TRUNCATE wide`,
      ['rows of table public.wide: the database has 0 rows, the archive 60,000 rows'],
    ],
    [
      'rows in a table that had none',
      `INSERT INTO empty VALUES (1)`,
      ['rows of table public.empty: the database has 1 row, the archive 0 rows'],
    ],
    [
      'a sequence that went on',
      `SELECT nextval('people_id_seq')`,
      [
        `the value of sequence public.people_id_seq differs: SELECT pg_catalog.setval('public.people_id_seq', 1001, true); in the database, SELECT pg_catalog.setval('public.people_id_seq', 1000, true); in the archive`,
      ],
    ],
    [
      'a table more and one less',
      `CREATE TABLE extra (a int); DROP TABLE empty`,
      [
        'table public.empty is in the archive and not in the database',
        'table public.extra is in the database and not in the archive',
        'owner public.empty is in the archive and not in the database',
        'owner public.extra is in the database and not in the archive',
      ],
    ],
    [
      'another column',
      `ALTER TABLE empty ADD b text`,
      [
        'table public.empty has other columns: a, b in the database, a in the archive',
        'table public.empty is defined differently',
      ],
    ],
    [
      'an index less and another view',
      `DROP INDEX people_name_idx; CREATE OR REPLACE VIEW named AS SELECT upper(name) AS name FROM people`,
      [
        'index public.people_name_idx is in the archive and not in the database',
        'view public.named is defined differently',
      ],
    ],
  ])('names %s', async (_what, change, expected) => {
    const { code, found } = await differences(await restored(change));
    expect(found.toSorted()).toEqual(expected.toSorted());
    expect(code).toBe(4);
  });

  it('takes the same rows in another order for the same', async () => {
    const url = await restored(
      `UPDATE people SET name = name WHERE id < 500; UPDATE wide SET id = id WHERE id = 7`,
    );
    expect(await differences(url)).toEqual({ code: 0, found: [] });
  });

  it('compares what was chosen when the archive was made, and no more', async () => {
    const source = server.url('source');
    await run(['backup', 'some.zip', '--database', source, '--table', 'wide', '--table', 'people']);
    expect(await differences(source, 'some.zip')).toEqual({ code: 0, found: [] });
    await run(['backup', 'fewer.zip', '--database', source, '--exclude-table', 'wide']);
    expect(await differences(source, 'fewer.zip')).toEqual({ code: 0, found: [] });
    await run(['backup', 'rowless.zip', '--database', source, '--exclude-table-data', 'wide']);
    expect(await differences(source, 'rowless.zip')).toEqual({ code: 0, found: [] });
    const { stderr } = await run(['verify', 'rowless.zip', '--against', source]);
    expect(stderr).toContain('The archive holds no rows of public.wide.');
    expect(await differences(await restored('DROP TABLE wide'), 'some.zip')).toMatchObject({ code: 4 });
  });

  it('compares rows that are in another encoding', async () => {
    await server.createDatabase('latin', { encoding: 'LATIN1', locale: 'C' });
    await server.query('latin', `CREATE TABLE t (a text); INSERT INTO t VALUES ('Größe'), ('naïve')`);
    await run(['backup', 'latin.zip', '--database', server.url('latin')]);
    await server.createDatabase('utf8');
    await server.query('utf8', `CREATE TABLE t (a text); INSERT INTO t VALUES ('Größe'), ('naïve')`);
    expect(await differences(server.url('utf8'), 'latin.zip')).toEqual({ code: 0, found: [] });
  });

  it('refuses what cannot be compared', async () => {
    const mysql = await run(['verify', 'a.zip', '--against', 'oracle://app@localhost/app']);
    expect(mysql.code).toBe(2);
    await mkdir(join(cwd, 'uploads'));
    await run(['backup', 'files.zip', '--skip-database', '--storage', 'uploads']);
    const nothing = await run(['verify', 'files.zip', '--against', server.url('source')]);
    expect(nothing.code).toBe(2);
    expect(nothing.stderr).toContain('files.zip holds no database to compare with');
    const nowhere = await run(['verify', 'a.zip', '--against', 'postgres://u:s3cret@127.0.0.1:1/x']);
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).not.toContain('s3cret@');
  });
});
