import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../../src/core/errors.ts';
import { openSource } from '../../../../src/database/postgres/source/source.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../../servers/postgres.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { commandsOf } from '../preflight-bench.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);

describe.each(VERSIONS)('what a role may not read on server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query('postgres', 'CREATE ROLE reader LOGIN');
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(() => server.createDatabase('app'));
  afterEach(() => server.dropDatabase('app'));

  /** Opens the database for a backup by the role `reader`; what it fails with, else null. */
  async function failure(
    excluded: { tables?: string; rows?: string; selected?: string } = {},
  ): Promise<HoldfastError | null> {
    const { selected } = excluded;
    try {
      const source = await openSource({
        url: server.url('app', 'reader'),
        env: {},
        reporter: recordingReporter(),
        signal: new AbortController().signal,
        jobs: 1,
        excludeTable: (_, name) => name === excluded.tables,
        ...(selected !== undefined && { selectTable: (_, name) => name === selected }),
        excludeRows: (_, name) => name === excluded.rows,
      });
      await source.close();
      return null;
    } catch (error) {
      if (error instanceof HoldfastError) return error;
      throw error;
    }
  }

  it('is told of the role that a setting makes the reading one, which the mend helps', async () => {
    await server.query('app', 'CREATE TABLE t (id int)');
    await server.query(
      'postgres',
      'CREATE ROLE "App owner"; GRANT "App owner" TO reader; ALTER ROLE reader SET role = "App owner"',
    );
    try {
      const error = await failure();
      expect(error?.message).toContain('The role App owner, which reader is set to, cannot read all of');
      for (const grant of commandsOf(error?.hint ?? '')) await server.query('app', grant);
      expect(await failure()).toBeNull();
    } finally {
      await server.query('postgres', 'ALTER ROLE reader RESET role');
      await server.query('app', 'DROP OWNED BY "App owner"; DROP ROLE "App owner"');
    }
  });

  it('is named before the backup, all at once, with the mend', async () => {
    await server.query(
      'app',
      `CREATE SCHEMA "hid den"; CREATE TABLE "hid den".t (id int);
      CREATE TABLE a (id serial); CREATE TABLE b (id int); GRANT SELECT ON b TO reader; CREATE SEQUENCE free;`,
    );
    const error = await failure();
    expect(error?.message.split('\n').slice(1)).toEqual([
      '  schema hid den: it lacks USAGE',
      '  sequence public.a_id_seq: it lacks SELECT',
      '  sequence public.free: it lacks SELECT',
      '  table hid den.t: it lacks SELECT',
      '  table public.a: it lacks SELECT',
    ]);
    const hint = error?.hint ?? '';
    expect(hint).toContain('GRANT USAGE ON SCHEMA "hid den" TO reader;');
    // What the hint says helps.
    const everything =
      version >= 14
        ? 'GRANT pg_read_all_data TO reader;'
        : 'GRANT USAGE ON SCHEMA "hid den", public TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA "hid den", public TO ' +
          'reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA "hid den", public TO reader;';
    expect(hint).toContain(everything);
    await server.query('app', everything);
    expect(await failure()).toBeNull();
    if (version >= 14) await server.query('postgres', 'REVOKE pg_read_all_data FROM reader');
  });

  it('is in one list, whatever it is', async () => {
    await server.query(
      'app',
      `CREATE TABLE t (id int); SELECT lo_create(7); CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
      CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (password 'secret');
      CREATE TABLE guarded (id int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; GRANT SELECT ON guarded TO reader`,
    );
    await server.query(
      'app',
      `CREATE SUBSCRIPTION feed CONNECTION 'password=secret' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
    );
    const error = await failure();
    expect(error?.message.split('\n').slice(1)).toEqual([
      '  rows of table public.guarded: row-level security hides some from it',
      '  table public.t: it lacks SELECT',
      '  user mapping PUBLIC on server s: it may not read the options, which can hold a password',
      '  subscription feed: it may not read how it connects, which can hold a password',
      '  large object 7: it lacks SELECT',
    ]);
    const grants = [...(error?.hint ?? '').matchAll(/GRANT [^;]*;/g)].map(([grant]) => grant);
    expect(grants).toContain('GRANT SELECT ON pg_catalog.pg_user_mapping TO reader;');
    expect(grants).toContain('GRANT SELECT ON pg_catalog.pg_subscription TO reader;');
    // Of what is asked for by name only that has to be readable.
    expect((await failure({ selected: 't' }))?.message.split('\n').slice(1)).toEqual([
      '  table public.t: it lacks SELECT',
    ]);
    expect(await failure({ selected: 'guarded', rows: 'guarded' })).toBeNull();
    for (const grant of grants) await server.query('app', grant);
    expect(await failure({ rows: 'guarded' })).toBeNull();
    if (version >= 14) await server.query('postgres', 'REVOKE pg_read_all_data FROM reader');
  });

  it('is nothing that is left out', async () => {
    await server.query('app', 'CREATE TABLE a (id serial)');
    expect(await failure({ tables: 'a' })).toBeNull();
  });

  it('is what a policy hides: a flag leaves the rows out', async () => {
    await server.query(
      'app',
      `CREATE TABLE guarded (id int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
      GRANT SELECT ON guarded TO reader`,
    );
    const error = await failure();
    expect(error?.message).toContain('rows of table public.guarded: row-level security hides some from it');
    expect(error?.hint).toContain('ALTER ROLE reader BYPASSRLS;');
    expect(error?.hint).toContain('--exclude-table-data');
    expect(await failure({ rows: 'guarded' })).toBeNull();
    await server.query('postgres', 'ALTER ROLE reader BYPASSRLS');
    expect(await failure()).toBeNull();
    await server.query('postgres', 'ALTER ROLE reader NOBYPASSRLS');
  });

  it('is what its own forced policy hides', async () => {
    await server.query(
      'app',
      `CREATE TABLE own (id int); ALTER TABLE own OWNER TO reader;
      ALTER TABLE own ENABLE ROW LEVEL SECURITY`,
    );
    expect(await failure()).toBeNull();
    await server.query('app', 'ALTER TABLE own FORCE ROW LEVEL SECURITY');
    expect((await failure())?.message).toContain('public.own');
  });
});
