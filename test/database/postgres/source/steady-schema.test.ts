import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalog } from '../../../../src/database/postgres/catalog/catalog.ts';
import { readSchema } from '../../../../src/database/postgres/catalog/schema.ts';
import { resolveConnection } from '../../../../src/database/postgres/connection/config.ts';
import { connect } from '../../../../src/database/postgres/connection/connect.ts';
import type { Session } from '../../../../src/database/postgres/connection/session.ts';
import { readSteadily, WATCHED_CATALOGS } from '../../../../src/database/postgres/source/steady-schema.ts';
import { type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';

const CATALOG = join(import.meta.dirname, '../../../../src/database/postgres/catalog');

/** Catalogs that only queries read, in the snapshot: no function of the server that looks at their newest state is asked. */
const ROWS_ONLY = [
  'pg_database',
  'pg_db_role_setting',
  'pg_depend',
  'pg_description',
  'pg_init_privs',
  'pg_largeobject',
  'pg_largeobject_metadata',
  'pg_seclabel',
  'pg_sequence',
  'pg_shseclabel',
  'pg_subscription',
  'pg_tablespace',
  'pg_user_mapping',
];

let server: PostgresServer;
let leader: Session;
let watcher: Session;

beforeAll(async () => {
  server = await startPostgres();
  const reporter = recordingReporter();
  const config = await resolveConnection({ url: server.url(), env: {}, reporter });
  leader = await connect(config, new AbortController().signal);
  watcher = await connect(config, new AbortController().signal);
});
afterAll(async () => {
  await leader?.close();
  await watcher?.close();
  await server?.stop();
});

/** Reads the schema with `meanwhile` between snapshot and reading; the statements, and how often it was read. */
async function read(
  meanwhile: (attempt: number) => Promise<unknown>,
): Promise<{ sql: string; attempts: number }> {
  let attempts = 0;
  try {
    const sql = await readSteadily(leader, watcher, {
      begin: async () => {
        await leader.run('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
        await leader.query('SELECT');
      },
      read: async () => {
        attempts += 1;
        await meanwhile(attempts);
        const catalog = createCatalog((text, values) => leader.query(text, values), 180000);
        const schema = await readSchema(catalog, { excludeTable: () => false, excludeRows: () => false });
        return schema.preData.map((statement) => statement.sql).join('\n');
      },
    });
    return { sql, attempts };
  } finally {
    await leader.run('ROLLBACK');
  }
}

describe('a schema that changes while it is read', () => {
  it.each([
    ['a function', `CREATE FUNCTION gone() RETURNS int LANGUAGE sql AS 'SELECT 1'`, 'DROP FUNCTION gone()'],
    ['a domain', 'CREATE DOMAIN gone AS integer', 'DROP DOMAIN gone'],
    [
      'an operator',
      'CREATE OPERATOR !== (FUNCTION = int4ne, LEFTARG = int4, RIGHTARG = int4)',
      'DROP OPERATOR !== (int4, int4)',
    ],
    ['a collation', `CREATE COLLATION gone FROM "C"`, 'DROP COLLATION gone'],
    [
      'a conversion',
      `CREATE CONVERSION gone FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8`,
      'DROP CONVERSION gone',
    ],
    ['a publication', 'CREATE PUBLICATION gone', 'DROP PUBLICATION gone'],
    [
      'a cast',
      "CREATE TYPE stays AS (a int); CREATE CAST (stays AS text) WITH INOUT; COMMENT ON CAST (stays AS text) IS 'gone'",
      'DROP CAST (stays AS text)',
    ],
    ['a view', 'CREATE VIEW gone AS SELECT 1 AS a', 'DROP VIEW gone'],
    [
      'a role',
      'CREATE ROLE gone; CREATE DOMAIN kept AS text; ALTER DOMAIN kept OWNER TO gone',
      'DROP OWNED BY gone; DROP ROLE gone',
    ],
  ])('is read again: %s is dropped', async (_, create, drop) => {
    await server.query('postgres', create);
    const { sql, attempts } = await read(async (attempt) => {
      if (attempt === 1) await server.query('postgres', drop);
    });
    expect(attempts).toBe(2);
    expect(sql).not.toMatch(/gone|\(null\)|(ROUTINE|TYPE) null/);
  });

  it('is watched in every catalog that is read through more than its rows', async () => {
    const files = (await readdir(CATALOG, { recursive: true })).filter((name) => name.endsWith('.ts'));
    const texts = await Promise.all(files.map((name) => readFile(join(CATALOG, name), 'utf8')));
    const rows = await server.query<{ name: string }>(
      'postgres',
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'`,
    );
    const named = rows
      .map(({ name }) => name)
      .filter((name) => texts.some((text) => RegExp(`\\b${name}\\b`).test(text)));
    const watched = new Set(WATCHED_CATALOGS.map(({ name }) => name));
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !watched.has(name)).toSorted()).toEqual(ROWS_ONLY);
  });

  it('is read once when only temporary objects come', async () => {
    const { attempts } = await read(() =>
      server.query('postgres', 'CREATE TEMPORARY TABLE passing (id serial PRIMARY KEY, name text)'),
    );
    expect(attempts).toBe(1);
  });

  it('is given up when it does not come to rest', async () => {
    const reading = read((attempt) => server.query('postgres', `CREATE DOMAIN restless_${attempt} AS text`));
    await expect(reading).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('keeps changing'),
    });
  });
});
