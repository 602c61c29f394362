import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.ts';
import { openSource } from '../../../src/database/postgres/source/source.ts';
import { statementFailure } from '../../../src/database/postgres/target/load-failure.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { sourceOptions } from '../../support/engine-options.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { commandsOf, factsOf, preflight, restore, withSource } from './preflight-bench.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);
const SECRET = 'open sesame';

const FOREIGN = `CREATE FOREIGN DATA WRAPPER wrapper; CREATE SERVER remote FOREIGN DATA WRAPPER wrapper;
  CREATE FOREIGN TABLE far (a int) SERVER remote; CREATE TABLE near (a int)`;

describe.each(VERSIONS)('foreign data on server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query(
      'postgres',
      'CREATE ROLE helper LOGIN; CREATE ROLE other LOGIN; CREATE ROLE "odd ""one"',
    );
  }, 120_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    await server.createDatabase('source');
    await server.createDatabase('app');
    await server.query('postgres', 'ALTER DATABASE app OWNER TO helper');
  });
  afterEach(async () => {
    await server.dropDatabase('source');
    await server.dropDatabase('app');
  });

  async function refusal(role: string): Promise<HoldfastError> {
    const error = await withSource(server.url('source', role), async () => undefined).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(HoldfastError);
    return error as HoldfastError;
  }

  it('warns of foreign tables, whose rows nobody reads', { timeout: 60_000 }, async () => {
    await server.query('source', FOREIGN);
    const reporter = recordingReporter();
    const source = await openSource(sourceOptions(server.url('source'), { reporter }));
    await source.close();
    expect(source.tables.map(({ name }) => name)).toEqual(['near']);
    expect(reporter.warnings).toEqual([
      'Foreign tables are backed up without the rows, which are elsewhere: public.far.',
    ]);
  });

  it('refuses a backup by a role that may not read all user mappings', { timeout: 60_000 }, async () => {
    await server.query(
      'source',
      `${FOREIGN}; CREATE USER MAPPING FOR PUBLIC SERVER remote OPTIONS (password '${SECRET}');
      CREATE USER MAPPING FOR "odd ""one" SERVER remote; GRANT USAGE ON FOREIGN SERVER remote TO helper;
      CREATE USER MAPPING FOR helper SERVER remote OPTIONS (password '${SECRET}');
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO helper`,
    );
    const { message, hint = '' } = await refusal('helper');
    const unreadable = (mapping: string) =>
      `  user mapping ${mapping} on server remote: it may not read the options, which can hold a password`;
    expect(message.split('\n').slice(1)).toEqual([unreadable('PUBLIC'), unreadable('"odd ""one"')]);
    expect(hint).toContain('GRANT SELECT ON pg_catalog.pg_user_mapping TO');
    await server.query('source', 'ALTER SERVER remote OWNER TO helper');
    expect((await refusal('helper')).message.split('\n').slice(1)).toEqual([unreadable('"odd ""one"')]);

    const mend =
      version >= 14
        ? 'GRANT pg_read_all_data TO other'
        : 'GRANT SELECT ON pg_catalog.pg_user_mapping, near, far TO other';
    await server.query('source', mend);
    const mappings = await withSource(server.url('source', 'other'), async ({ preData, facts }) => {
      expect(JSON.stringify(facts)).not.toContain(SECRET);
      return preData.filter(({ kind }) => kind === 'USER MAPPING');
    });
    expect(mappings.map(({ name }) => name)).toEqual([
      '"odd ""one" on server remote',
      'PUBLIC on server remote',
      'helper on server remote',
    ]);
    expect(mappings.map(({ sql }) => sql)).toEqual([
      'CREATE USER MAPPING FOR "odd ""one" SERVER remote;',
      `CREATE USER MAPPING FOR PUBLIC SERVER remote OPTIONS (password '${SECRET}');`,
      `CREATE USER MAPPING FOR helper SERVER remote OPTIONS (password '${SECRET}');`,
    ]);
    if (version >= 14) await server.query('postgres', 'REVOKE pg_read_all_data FROM other');
  });

  it('shows nothing of a user mapping that fails', () => {
    const failure = { severity: 'ERROR', code: '42601', message: 'no', position: '12' };
    const error = Object.assign(new Error('no'), failure) as never;
    const statement = { schema: null, name: 'x', sql: `CREATE USER MAPPING … '${SECRET}';` };
    expect(statementFailure(error, { ...statement, kind: 'USER MAPPING' }).message).not.toContain(SECRET);
    expect(statementFailure(error, { ...statement, kind: 'SERVER' }).message).not.toContain(SECRET);
    expect(statementFailure(error, { ...statement, kind: 'TABLE' }).message).toContain(SECRET);
  });

  it('tells before a restore who cannot own or use a wrapper', { timeout: 60_000 }, async () => {
    await server.query(
      'source',
      `${FOREIGN}; CREATE EXTENSION hstore; CREATE FOREIGN DATA WRAPPER packed; ALTER EXTENSION hstore ADD FOREIGN DATA WRAPPER packed;
      ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC`,
    );
    await server.query(
      'source',
      'CREATE ROLE boss SUPERUSER; ALTER FOREIGN DATA WRAPPER wrapper OWNER TO boss; ALTER ROLE boss NOSUPERUSER',
    );
    const facts = await factsOf(server.url('source'));
    const { messages, hints } = await preflight(server.url('app'), facts);
    expect(messages).toEqual([
      'only superusers can own foreign-data wrappers and event triggers, as the archive has it of boss',
    ]);
    await withSource(server.url('source'), async (source) => {
      await expect(restore(server.url('app'), source)).rejects.toThrow(/boss|owner/i);
    });
    for (const command of commandsOf(hints[0] ?? '')) await server.query('app', command);
    expect((await preflight(server.url('app'), facts)).messages).toEqual([]);
    await withSource(server.url('source'), (source) => restore(server.url('app'), source));

    await server.dropDatabase('app');
    await server.createDatabase('app');
    await server.query('postgres', 'ALTER DATABASE app OWNER TO helper');
    const asHelper = await preflight(server.url('app', 'helper'), facts, { noOwner: true });
    expect(asHelper.messages).toEqual(['only a superuser may restore foreign-data wrappers: wrapper']);
    await server.dropDatabase('source');
    await server.query('app', 'DROP OWNED BY boss; DROP ROLE boss');
  });

  it('tells who may not use the wrapper of an extension', { timeout: 60_000 }, async () => {
    // Servers bring no wrapper in an extension that an owner may make: one that is there already is kept by a replacement.
    const packed = `CREATE EXTENSION pg_stat_statements; CREATE FOREIGN DATA WRAPPER packed;
      ALTER EXTENSION pg_stat_statements ADD FOREIGN DATA WRAPPER packed`;
    await server.query(
      'source',
      `${packed}; CREATE SERVER remote FOREIGN DATA WRAPPER packed; ALTER SERVER remote OWNER TO other`,
    );
    await server.query('app', `${packed}; GRANT other TO helper`);
    if (version < 15) await server.query('app', 'ALTER SCHEMA public OWNER TO helper');
    const options = { replace: true };
    const helper = server.url('app', 'helper');
    const facts = await factsOf(server.url('source'));
    const { messages, hints } = await preflight(helper, facts, options);
    expect(messages).toEqual([
      'helper, other may not use the foreign-data wrapper packed, of which the archive has servers',
    ]);
    await withSource(server.url('source'), async (source) => {
      await expect(restore(helper, source, options)).rejects.toThrow(/packed/);
    });
    for (const command of commandsOf(hints[0] ?? '')) await server.query('app', command);
    expect((await preflight(helper, facts, options)).messages).toEqual([]);
    await withSource(server.url('source'), (source) => restore(helper, source, options));
    await server.query('postgres', 'REVOKE other FROM helper');
  });
});
