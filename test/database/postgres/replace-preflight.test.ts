import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Client } from 'pg';
import type { DatabaseTarget } from '../../../src/database/engine.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { printable } from '../../../src/core/printable.ts';
import { blockedFailure } from '../../../src/database/postgres/target/blockers.ts';
import { clearDatabase } from '../../../src/database/postgres/target/clear.ts';
import { resolveConnection } from '../../../src/database/postgres/connection/config.ts';
import { connect } from '../../../src/database/postgres/connection/connect.ts';
import type { ServerError } from '../../../src/database/postgres/connection/failure.ts';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { type RecordingReporter, recordingReporter } from '../../support/recording-reporter.ts';
import { openReplacing } from './copy-all.ts';
import { createTable, facts, requires } from './target-bench.ts';

let server: PostgresServer;
let reporter: RecordingReporter;
const signal = new AbortController().signal;

beforeAll(async () => {
  const few = {
    max_connections: '10',
    max_worker_processes: '1',
    autovacuum_max_workers: '1',
    max_wal_senders: '5',
  };
  server = await startPostgres({
    settings: {
      ...few,
      wal_level: 'logical',
      max_prepared_transactions: '3',
      max_locks_per_transaction: '10',
    },
  });
  await server.query('postgres', 'CREATE ROLE plain LOGIN; CREATE ROLE other LOGIN');
});
afterAll(() => server.stop());
beforeEach(async () => {
  reporter = recordingReporter();
  await server.createDatabase('app', { template: 'template0' });
  await server.query('postgres', 'ALTER DATABASE app OWNER TO plain');
});
afterEach(() => server.dropDatabase('app'));

const open = async (role = 'postgres', database = 'app', jobs = 1): Promise<DatabaseTarget> => {
  // What is replaced in one transaction is locked; what is replaced by another database is not.
  const target = await openReplacing(server.url(database, role), { reporter, jobs });
  onTestFinished(() => target.close());
  return target;
};
const problemsOf = async (target: DatabaseTarget) =>
  (await target.preflight(facts())).map(({ message, hint }) => `${message} → ${hint}`);
const session = async (database: string, options: { application?: string } = {}): Promise<Client> => {
  const client = new Client({
    connectionString: server.url(database),
    application_name: options.application,
  });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
};

describe('preflight of a replacement', () => {
  it('lists what the role may not remove, by owner, and whoever may not be asked', async () => {
    await server.query(
      'app',
      `CREATE SCHEMA theirs AUTHORIZATION other; CREATE TABLE theirs.t (id int); ALTER TABLE theirs.t OWNER TO other; CREATE EXTENSION cube;
      SET SESSION AUTHORIZATION other; SELECT lo_from_bytea(0, 'x'); RESET SESSION AUTHORIZATION;
      ALTER ROLE other IN DATABASE app SET work_mem = '9MB'; ALTER DATABASE app SET log_statement = 'all'`,
    );
    const target = await open('plain');
    expect(await problemsOf(target)).toEqual([
      expect.stringMatching(
        /^role plain may not remove what belongs to other: schema theirs, large object \d+, relation theirs\.t → .* REASSIGN OWNED BY other TO plain;/,
      ),
      'role plain may not remove what belongs to postgres: extension cube → restore as postgres or a superuser',
      expect.stringMatching(/settings of DATABASE app → .*ALTER DATABASE app RESET ALL;/),
      expect.stringMatching(
        /settings of ROLE other IN DATABASE app → .*ALTER ROLE other IN DATABASE app RESET ALL;/,
      ),
    ]);
    await expect(target.begin(facts())).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(
        /^The server refused to remove what the database holds: permission denied for schema theirs/,
      ),
      hint: expect.stringMatching(/superuser.*Nothing was changed/),
    });
    expect(await problemsOf(await open())).toEqual([]);
  });

  it('asks to drop subscriptions with a slot first', async () => {
    await server.query(
      'app',
      `CREATE SUBSCRIPTION "my sub" CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)`,
    );
    expect(await problemsOf(await open())).toEqual([
      expect.stringMatching(
        /subscription my sub .* → DROP SUBSCRIPTION "my sub"; .*SET \(slot_name = NONE\);/,
      ),
    ]);
    await server.query('app', `ALTER SUBSCRIPTION "my sub" SET (slot_name = NONE)`);
    expect(await problemsOf(await open())).toEqual([]);
    await server.query('app', `DROP SUBSCRIPTION "my sub"`);
  });

  it('names prepared transactions', async () => {
    await server.query('app', `CREATE TABLE t (id int)`);
    const client = await session('app');
    await client.query(`BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'it''s'`);
    expect(await problemsOf(await open())).toEqual([
      expect.stringMatching(/prepared transaction "it's" of role postgres .* → .*ROLLBACK PREPARED 'it''s';/),
    ]);
    await client.query(`ROLLBACK PREPARED 'it''s'`);
  });

  it('warns of other sessions and of slots', async () => {
    await session('app', { application: 'puma' });
    await session('app', { application: 'sidekiq' });
    await server.query('app', `SELECT pg_create_logical_replication_slot('feed', 'pgoutput')`);
    expect(await problemsOf(await open())).toEqual([]);
    expect(reporter.warnings.slice(-2)).toEqual([
      expect.stringMatching(/2 other sessions .*\(puma, sidekiq\)\. Stop the application/),
      expect.stringContaining('slots feed'),
    ]);
    await server.query('app', `SELECT pg_drop_replication_slot('feed')`);
  });

  it('keeps names on the line, whatever they hold', async () => {
    const name = 'x\n- the archive\x1b[2J';
    await server.query('app', `CREATE SCHEMA "${name}"`);
    expect(await problemsOf(await open('plain'))).toEqual([
      expect.stringContaining(`postgres: schema x\\x0a- the archive\\x1b[2J → `),
    ]);
    const target = await open();
    const problems = await target.preflight(requires({ collations: [name], extensions: [{ name }] }));
    expect(problems).toHaveLength(2);
    for (const { message } of problems) expect(message).toBe(printable(message));
    await target.begin(facts());
    const drop = { kind: 'TABLE', schema: name, name, sql: `DROP TABLE "${name}"` };
    const failed = await target.execute(drop).catch((error: unknown) => messageOf(error));
    expect(failed).toBe(printable(String(failed)));
  });

  it('refuses templates, and doubts the database postgres', async () => {
    expect(await problemsOf(await open('postgres', 'template1'))).toEqual([
      expect.stringContaining('template1 is a template'),
    ]);
    expect(await problemsOf(await open('postgres', 'postgres'))).toEqual([]);
    expect(reporter.warnings.at(-1)).toContain('is it meant to be replaced');
  });

  it('knows when the server cannot lock so much, and only then', async () => {
    const make = (from: number, to: number) =>
      server.query(
        'app',
        `DO $$ BEGIN FOR i IN ${from}..${to} LOOP EXECUTE format('CREATE TABLE t%s ()', i);
        IF i % 50 = 0 THEN COMMIT; END IF; END LOOP; END $$`,
      );
    await make(1, 100);
    const target = await open();
    expect(await problemsOf(target)).toEqual([]);
    await target.begin(facts());
    await target.rollback();
    await make(101, 1200);
    expect(await problemsOf(target)).toEqual([
      expect.stringMatching(
        /no room to lock 3600 objects .*max_locks_per_transaction = 10\) → set max_locks_per_transaction = \d+/,
      ),
    ]);
    await expect(target.begin(facts())).rejects.toMatchObject({
      hint: expect.stringContaining('max_locks_per_transaction'),
    });
    expect(await target.isEmpty()).toBe(false);
    await target.close();
    // A database beside it takes its place then.
    expect(await problemsOf(await open('postgres', 'app', 2))).toEqual([]);
  });
});

describe('a replacement', () => {
  it('waits for locks only so long, and names who holds them', async () => {
    await server.query('app', 'CREATE TABLE t (id int)');
    const holder = await session('app', { application: 'puma' });
    await holder.query('BEGIN; SELECT * FROM t');
    const [{ pid }] = (await holder.query('SELECT pg_backend_pid()::text AS pid')).rows as [{ pid: string }];
    const config = await resolveConnection({ url: server.url('app'), env: {}, reporter });
    const mine = await connect(config, signal);
    onTestFinished(() => mine.close());
    const options = {
      noOwner: false,
      noPrivileges: false,
      reporter,
      version: 180000,
      extensions: [],
    };
    const begin = () => mine.query(`BEGIN; SET LOCAL lock_timeout = '1s'`);
    await begin();
    await expect(clearDatabase(mine, options)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(
        new RegExp(`process ${pid} of role "postgres" \\(puma\\), idle in transaction for `),
      ),
      hint: expect.stringMatching(/^Stop the application, then try again; nothing was changed/),
    });
    await holder.query(`INSERT INTO t VALUES (1); PREPARE TRANSACTION 'left alone'`);
    await begin();
    await expect(clearDatabase(mine, options)).rejects.toMatchObject({
      message: expect.stringContaining(': prepared transaction "left alone".'),
    });
    await holder.query(`ROLLBACK PREPARED 'left alone'`);
    await begin();
    await clearDatabase(mine, options);
    await mine.run('ROLLBACK');
    expect(await server.query('app', 'SELECT * FROM t')).toEqual([]);
  });

  it('says who is in the way while it makes the new, and never waits without end', async () => {
    const target = await open();
    await target.begin(facts());
    // As archives have it, for clients of other sorts.
    const setting = { kind: 'SETTING', schema: null, name: 'lock_timeout', sql: 'SET lock_timeout = 0;' };
    await target.execute(setting);
    const limited = `DO $$ BEGIN ASSERT current_setting('lock_timeout') = '30s'; END $$`;
    await target.execute({ ...createTable, sql: limited });
    await target.execute(createTable);
    const other = await session('app', { application: 'migration' });
    await other.query(`SET deadlock_timeout = '1min'; BEGIN; CREATE TABLE u ()`);
    const theirs = other.query('CREATE TABLE t ()');
    await expect(target.execute({ ...createTable, sql: 'CREATE TABLE public.u ()' })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/process \d+ of role "postgres" \(migration\)/),
      hint: expect.stringContaining('Stop the application'),
    });
    await theirs;
    await other.query('ROLLBACK');
    expect(await target.isEmpty()).toBe(true);
  });

  it('names who has written something else that it waits for', async () => {
    const other = await session('postgres', { application: 'admin' });
    await other.query('BEGIN; GRANT CREATE ON DATABASE app TO other');
    const config = await resolveConnection({ url: server.url('app'), env: {}, reporter });
    const mine = await connect(config, signal);
    onTestFinished(() => mine.close());
    const refusal = await mine
      .query(
        `SET lock_timeout = '100ms'; COMMENT ON DATABASE app IS 'x'; GRANT TEMP ON DATABASE app TO other`,
      )
      .catch((error: unknown) => error);
    expect(await blockedFailure(mine, refusal as ServerError)).toMatchObject({
      message: expect.stringMatching(
        /^Other sessions have not ended their transactions: process \d+ .*\(admin\)/,
      ),
    });
    await other.query('ROLLBACK');
    expect(await blockedFailure(mine, refusal as ServerError)).toMatchObject({
      message: expect.stringMatching(
        /^Other sessions were in the way, and are gone: canceling .* lock timeout/,
      ),
    });
  });

  it('leaves privileges and owners of what stays alone where they are left out', async () => {
    await server.query(
      'app',
      'REVOKE CONNECT ON DATABASE app FROM PUBLIC; ALTER SCHEMA public OWNER TO other',
    );
    const target = await openReplacing(server.url('app'), { reporter, noOwner: true, noPrivileges: true });
    onTestFinished(() => target.close());
    await target.begin(facts());
    await target.commit();
    expect(
      await server.query(
        'app',
        `SELECT has_database_privilege('other', 'app', 'CONNECT') AS connect, nspowner::regrole::text AS owner
        FROM pg_namespace WHERE nspname = 'public'`,
      ),
    ).toEqual([{ connect: false, owner: 'other' }]);
  });

  it('says what it may not bring back', async () => {
    await server.query('app', 'ALTER SCHEMA public OWNER TO other; GRANT CREATE ON SCHEMA public TO plain');
    const target = await open('plain');
    await target.begin(facts());
    await target.commit();
    expect(reporter.warnings.at(-1)).toMatch(
      /stay as they are: the owner of schema public, the privileges on SCHEMA public/,
    );
  });
});
