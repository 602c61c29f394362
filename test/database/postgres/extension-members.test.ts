import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseSource } from '../../../src/database/engine.ts';
import { postgres } from '../../../src/database/postgres/postgres.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { sourceOptions } from '../../support/engine-options.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { copyAll, openReplacing } from './copy-all.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);
const EXTENSION = {
  'holdfast_members.control': `default_version = '1.0'\nrelocatable = false\n`,
  'holdfast_members--1.0.sql': `
CREATE TABLE @extschema@.kept (id int);
CREATE FUNCTION @extschema@.own() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE POLICY of_script ON @extschema@.kept USING (true);
`,
};

describe.each(VERSIONS)('what a user has added to extensions, in server %i', (version) => {
  let server: PostgresServer;
  const reporter = recordingReporter();
  beforeAll(async () => {
    server = await startPostgres({ version, extensions: EXTENSION });
    await server.query('postgres', 'CREATE ROLE somebody');
  }, 60_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    reporter.warnings.length = 0;
    await server.createDatabase('app');
    await server.createDatabase('restored');
    await server.query('app', 'CREATE SCHEMA ext; CREATE EXTENSION holdfast_members SCHEMA ext');
  });
  afterEach(async () => {
    await server.dropDatabase('app');
    await server.dropDatabase('restored');
  });

  async function open(): Promise<DatabaseSource> {
    const source = await postgres.openSource(sourceOptions(server.url('app'), { reporter }));
    onTestFinished(() => source.close());
    return source;
  }

  async function restore(source: DatabaseSource): Promise<string[]> {
    const target = await openReplacing(server.url('restored'), { replace: false, reporter });
    onTestFinished(() => target.close());
    const problems = (await target.preflight(source.facts)).map(({ message }) => message);
    if (problems.length > 0) return problems;
    await copyAll(source, target);
    await target.commit();
    return [];
  }

  it('says nothing of an extension as it is made', async () => {
    expect(await restore(await open())).toEqual([]);
    expect(reporter.warnings).toEqual([]);
  });

  it('names what the extension does not make, and leaves out what is about that', async () => {
    await server.query(
      'app',
      `CREATE FUNCTION ext.added(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
      ALTER EXTENSION holdfast_members ADD FUNCTION ext.added(int);
      REVOKE EXECUTE ON FUNCTION ext.added(int) FROM PUBLIC; GRANT EXECUTE ON FUNCTION ext.own() TO somebody;
      CREATE INDEX added_index ON ext.kept (id); ALTER TABLE ext.kept ADD COLUMN added_column int;
      CREATE RULE added_rule AS ON DELETE TO ext.kept DO INSTEAD NOTHING`,
    );
    expect(await restore(await open())).toEqual([]);
    expect(reporter.warnings).toEqual([
      expect.stringContaining(
        'does not make here what it had in the archived database: function ext.added(integer), index ext.added_index, ' +
          'rule added_rule on ext.kept, table column ext.kept.added_column.',
      ),
      expect.stringContaining('Left out, for the extension lacks it here: acl of added'),
    ]);
    expect(
      await server.query(
        'restored',
        `SELECT has_function_privilege('somebody', 'ext.own()', 'EXECUTE') AS may`,
      ),
    ).toEqual([{ may: true }]);
  });

  it('tells beforehand where objects need it', async () => {
    await server.query(
      'app',
      `CREATE TYPE ext.mood AS ENUM ('a'); ALTER EXTENSION holdfast_members ADD TYPE ext.mood; CREATE TABLE public.t (m ext.mood)`,
    );
    expect(await restore(await open())).toEqual([
      "the archive's objects need what the target's extensions do not make: type ext.mood of holdfast_members",
    ]);
  });

  it('warns at backup of tables whose rows it leaves', async () => {
    await server.query(
      'app',
      `CREATE TABLE ext.added AS SELECT 1; ALTER EXTENSION holdfast_members ADD TABLE ext.added`,
    );
    await open();
    expect(reporter.warnings).toEqual([expect.stringContaining('left to them, with their rows: ext.added.')]);
  });

  it('brings policies and row-level security back, whether the extension makes them or not', async () => {
    await server.query(
      'app',
      `ALTER POLICY of_script ON ext.kept USING (id > 1); CREATE POLICY of_user ON ext.kept FOR SELECT USING (id > 2);
      ALTER TABLE ext.kept ENABLE ROW LEVEL SECURITY`,
    );
    expect(await restore(await open())).toEqual([]);
    const state = `SELECT polname, pg_get_expr(polqual, polrelid) AS using, relrowsecurity
      FROM pg_policy JOIN pg_class AS c ON c.oid = polrelid ORDER BY 1`;
    expect(await server.query('restored', state)).toEqual(await server.query('app', state));
    expect(reporter.warnings).toEqual([]);
  });
});
