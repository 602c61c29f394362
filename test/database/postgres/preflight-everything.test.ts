import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPostgresTools, pgDump } from '../../servers/postgres-tools.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { commandsOf, factsOf, preflight, restore, withSource } from './preflight-bench.ts';

const installed = installedPostgresVersions();
const PAIRS = (
  [
    [13, 13],
    [13, 18],
    [18, 18],
  ] as const
).filter((pair) => pair.every((version) => installed.includes(version)));
if (PAIRS.length < 3) console.warn(`Only these servers are installed: ${installed.join(', ')}`);

/** Needs all that a target can lack. `keeper` owns, `reader` may read, `guarded` has a policy, `tuned` a setting. */
const SOURCE = `
  CREATE EXTENSION pg_stat_statements; CREATE EXTENSION citext;
  CREATE SCHEMA s AUTHORIZATION keeper;
  CREATE TABLE s.measures (name text, value xml) PARTITION BY RANGE (name);
  CREATE TABLE s.early PARTITION OF s.measures FOR VALUES FROM ('a') TO ('m');
  INSERT INTO s.measures VALUES ('b', '<a/>');
  ALTER TABLE s.measures OWNER TO keeper; ALTER TABLE s.early OWNER TO other;
  CREATE TABLE t (id int PRIMARY KEY, c citext, p text COLLATE "und-x-icu") TABLESPACE fast;
  ALTER TABLE t OWNER TO keeper; GRANT SELECT ON t TO reader WITH GRANT OPTION;
  SET ROLE reader; GRANT SELECT ON t TO other; RESET ROLE;
  CREATE POLICY p ON t TO guarded USING (true);
  CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql LEAKPROOF AS 'BEGIN RETURN 1; END';
  ALTER DATABASE source SET app.tenant = 'x'; ALTER ROLE tuned IN DATABASE source SET work_mem = '1MB';
  ALTER DEFAULT PRIVILEGES FOR ROLE other GRANT SELECT ON TABLES TO reader;
  COMMENT ON DATABASE source IS 'the source'; COMMENT ON SCHEMA public IS 'of the source'`;

describe.each(PAIRS)(
  'an archive of server %i that needs everything, on server %i that lacks it',
  (from, to) => {
    let source: PostgresServer;
    let target: PostgresServer;
    beforeAll(async () => {
      source = await startPostgres({ version: from });
      target = await startPostgres({ version: to });
    }, 120_000);
    afterAll(async () => {
      await source?.stop();
      await target?.stop();
    });

    it(
      'is refused with all of it at once, and restored after what the hints say',
      { timeout: 120_000 },
      async () => {
        await makeFolder(source);
        await makeFolder(target);
        await source.query(
          'postgres',
          'CREATE ROLE keeper; CREATE ROLE reader; CREATE ROLE guarded; CREATE ROLE tuned; CREATE ROLE other',
        );
        await source.query('postgres', `CREATE TABLESPACE fast LOCATION '${source.socketDir}/fast'`);
        await source.createDatabase('source', { locale: 'C.utf8' });
        await source.query('source', SOURCE);
        const isOld = from < to;
        if (isOld) {
          await source.query(
            'source',
            'CREATE EXTENSION adminpack; ALTER DATABASE source SET operator_precedence_warning = on',
          );
        }
        await target.createDatabase('app', { encoding: 'LATIN1', locale: 'C' });
        await target.query(
          'app',
          'DROP EXTENSION plpgsql; REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE ROLE helper LOGIN',
        );
        const before = await stateOf(target);
        const helper = target.url('app', 'helper');
        const facts = await factsOf(source.url('source'));

        const found = await preflight(helper, facts);
        const messages = [
          /^the target database's encoding is LATIN1, the archive's is UTF8$/,
          /^the target database's locale is libc C, the archive's is libc C\.utf8: the ranges of s\.measures depend on it$/,
          /^the target server lacks the roles guarded, keeper, other, reader, tuned$/,
          /^the target server lacks the language plpgsql$/,
          /^the target server lacks the tablespace fast$/,
          isOld && /^the target server lacks the extension adminpack$/,
          /^role helper may not create the extension pg_stat_statements: permission denied/,
          /^role helper may not create anything in database app$/,
          /^only the owner of database app may give it its comment and its settings, and role helper is not$/,
          /^role helper may not create anything in schema public of database app$/,
          /^only the owner of schema public may give it its comment, and role helper is not$/,
          /^only a superuser may restore LEAKPROOF functions: public\.f\(\)$/,
          /^only a superuser may restore grants by others than the owner: public\.t$/,
          /^role helper may not give objects to postgres, who owned them$/,
          /^role helper may not set the configuration parameters? app\.tenant, which/,
          isOld &&
            /^the target server does not take the configuration parameter operator_precedence_warning \(unrecognized/,
        ].filter((pattern) => pattern !== false);
        expect(found.messages).toEqual(messages.map((pattern) => expect.stringMatching(pattern) as string));
        // As who may all, what the server and the database lack is left.
        expect((await preflight(target.url('app'), facts)).messages).toEqual(
          found.messages.filter((message) => /^the target (server|database)/.test(message)),
        );
        expect(await stateOf(target)).toEqual(before);

        // What no command of the target's mends is mended at the source.
        if (isOld) {
          await source.query(
            'source',
            'DROP EXTENSION adminpack; ALTER DATABASE source RESET operator_precedence_warning',
          );
        }
        const mended = await factsOf(source.url('source'));
        let left = await preflight(helper, mended);
        for (let round = 1; round <= 3; round += 1) {
          await obey(target, left.hints);
          left = await preflight(helper, mended);
        }
        // Who does as the hints say has given helper the rights of a superuser's membership, and yet it is none.
        expect(left.messages.every((message) => /superuser|may not (create|set|change)/.test(message))).toBe(
          true,
        );
        expect(left.hints).toEqual(left.hints.map(() => expect.stringContaining('superuser') as string));
        expect(await preflight(target.url('app'), mended)).toMatchObject({ messages: [], warnings: [] });
        // A hint for helper made it, who may not drop it; to a superuser it is content.
        await target.query('app', 'DROP EXTENSION pg_stat_statements');
        await withSource(source.url('source'), (archive) => restore(target.url('app'), archive));
        expect(await target.query('app', 'SELECT name, value::text FROM s.early')).toEqual([
          { name: 'b', value: '<a/>' },
        ]);
      },
    );
  },
);

async function makeFolder(server: PostgresServer): Promise<void> {
  await server.query(
    'postgres',
    `COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; mkdir "${server.socketDir}/fast"'`,
  );
}

/** Runs the commands of hints as a superuser, the database made anew first. */
async function obey(server: PostgresServer, hints: readonly string[]): Promise<void> {
  const commands = hints.flatMap(commandsOf);
  const isDatabase = (command: string): boolean => command.startsWith('CREATE DATABASE');
  const database = commands.find(isDatabase);
  if (database !== undefined) {
    await server.dropDatabase('app');
    await server.query('postgres', database);
    return;
  }
  for (const command of commands) {
    await server.query('app', command.replace(`'/path'`, `'${server.socketDir}/fast'`));
  }
}

/** All of a database, and what the server has for all databases. */
async function stateOf(server: PostgresServer): Promise<unknown> {
  const catalogs = [
    'pg_authid',
    'pg_auth_members',
    'pg_db_role_setting',
    'pg_tablespace',
    'pg_shdepend',
    'pg_database',
  ];
  const rows = await Promise.all(
    catalogs.map((catalog) =>
      server.query('app', `SELECT ${catalog}.xmin, ${catalog}.* FROM ${catalog} ORDER BY 2, 3`),
    ),
  );
  const tools = await findPostgresTools(server.version);
  return {
    rows,
    dump: tools.reason === undefined ? await pgDump(server, 'app', ['--create']) : tools.reason,
  };
}
