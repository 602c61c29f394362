import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { withSource } from './preflight-bench.ts';

const SCHEMAS = join(import.meta.dirname, 'schemas');
const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);

/** What a role needs that may read and nothing else, as docs/roles.md has it. */
const PLAIN_GRANTS = `
  DO $do$DECLARE schema name; BEGIN
    FOR schema IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
      EXECUTE format('GRANT USAGE ON SCHEMA %1$I TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO reader;
        GRANT SELECT ON ALL SEQUENCES IN SCHEMA %1$I TO reader', schema);
    END LOOP;
  END$do$;
  GRANT SELECT ON pg_catalog.pg_user_mapping, pg_catalog.pg_subscription TO reader`;
const LARGE_OBJECTS = `
  DO $do$DECLARE id oid; BEGIN
    FOR id IN SELECT oid FROM pg_largeobject_metadata LOOP EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO reader', id); END LOOP;
  END$do$`;

/** Some refuse every change, grants too. */
const WITHOUT_EVENT_TRIGGERS = `
  DO $do$DECLARE name name; BEGIN
    FOR name IN SELECT evtname FROM pg_event_trigger LOOP EXECUTE format('ALTER EVENT TRIGGER %I DISABLE', name); END LOOP;
  END$do$;`;

describe.each(VERSIONS)('an archive by a role that may only read, of server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query('postgres', 'CREATE ROLE reader LOGIN BYPASSRLS');
    if (version >= 14) await server.query('postgres', 'GRANT pg_read_all_data TO reader');
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(() => server.createDatabase('source'));
  afterEach(() => server.dropDatabase('source'));

  const files = readdirSync(SCHEMAS)
    .filter((name) => version >= Number(/-(\d+)\.sql$/.exec(name)?.[1] ?? 0))
    .toSorted();

  it.each(files)("is a superuser's, of %s", { timeout: 120_000 }, async (file) => {
    const sql = await readFile(join(SCHEMAS, file), 'utf8');
    await server.query('source', sql);
    await server.query('source', WITHOUT_EVENT_TRIGGERS + LARGE_OBJECTS);
    if (version < 14) await server.query('source', PLAIN_GRANTS);
    expect(await contents(server.url('source', 'reader'))).toEqual(await contents(server.url('source')));
  });
});

/** All that goes into an archive, rows as digests. */
async function contents(url: string): Promise<unknown> {
  return withSource(url, async (source) => {
    const rows: Record<string, string> = {};
    for (const table of source.tables) {
      const hash = createHash('sha256');
      for await (const { chunks } of source.parts(table, 1 << 20)) {
        for await (const chunk of chunks) hash.update(chunk);
      }
      rows[`${table.schema}.${table.name}`] = hash.digest('hex');
    }
    const { snapshot: _snapshot, ...facts } = source.facts;
    const { preData, postData, tables } = source;
    return { facts, preData, postData, tables, rows };
  });
}
