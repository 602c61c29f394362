import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { copyAll, openReplacing, openSource } from './copy-all.ts';
import { preflight } from './preflight-bench.ts';

const VERSIONS = installedPostgresVersions().filter((version) => [13, 16, 18].includes(version));
const SECRET = 's3cret';
const subscribe = (name: string, connection: string) =>
  `CREATE SUBSCRIPTION ${name} CONNECTION '${connection}' PUBLICATION p WITH (connect = false, slot_name = NONE)`;

describe.each(VERSIONS)('subscriptions of server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query('postgres', 'CREATE ROLE plain LOGIN');
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    await server.createDatabase('app');
    await server.createDatabase('restored');
    await server.query(
      'postgres',
      'ALTER DATABASE restored OWNER TO plain; ALTER DATABASE app OWNER TO plain',
    );
  });
  afterEach(async () => {
    await server.dropDatabase('app');
    await server.dropDatabase('restored');
  });

  const source = async () => {
    const opened = await openSource(server.url('app'));
    onTestFinished(() => opened.close());
    return opened;
  };

  it('tell how they connect to superusers only', async () => {
    // Those of others' databases are nobody's concern.
    await server.query('restored', subscribe('elsewhere', 'dbname=x'));
    await (await openSource(server.url('app', 'plain'))).close();
    await server.query('app', subscribe('secretive', `dbname=x password=${SECRET}`));
    const error = await openSource(server.url('app', 'plain')).catch((one: unknown) => one);
    expect(error).toMatchObject({
      code: 'failed',
      message: expect.stringContaining('\n  subscription secretive: it may not read how it connects'),
      hint: expect.stringContaining('GRANT SELECT ON pg_catalog.pg_subscription TO plain;'),
    });
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain(SECRET);
  });

  it('keep their secret out of facts and errors', async () => {
    await server.query('app', subscribe('secretive', `dbname=x password=${SECRET}`));
    const { facts, postData } = await source();
    expect(JSON.stringify(facts)).not.toContain(SECRET);
    const statement = postData.find(({ kind }) => kind === 'SUBSCRIPTION')!;
    expect(statement.sql).toContain(SECRET);
    const target = await openReplacing(server.url('restored'), { replace: false });
    onTestFinished(() => target.close());
    await target.begin(facts);
    const broken = { ...statement, sql: statement.sql.replace('PUBLICATION', 'NONSENSE') };
    const error = await target.execute(broken).catch((one: unknown) => one);
    expect((error as Error).message).toContain('secretive');
    expect((error as Error).message).not.toContain(SECRET);
  });

  it('are announced as disabled, and need who may make them', async () => {
    await server.query('app', subscribe('one', `dbname=x password=${SECRET}`));
    await server.query('app', subscribe('two', 'dbname=x'));
    const { facts } = await source();
    const asSuperuser = await preflight(server.url('restored'), facts);
    expect(asSuperuser.messages).toEqual([]);
    expect(asSuperuser.warnings).toEqual([expect.stringMatching(/subscriptions one, two will be disabled/)]);
    const found = await preflight(server.url('restored', 'plain'), facts, { noOwner: true });
    expect(found.messages).toEqual([
      expect.stringMatching(/role plain may not make the subscriptions one, two: /),
    ]);
    if (version < 16) return;
    expect(found.hints[0]).toContain('GRANT pg_create_subscription TO plain;');
    await server.query('restored', 'GRANT pg_create_subscription TO plain');
    const allowed = await preflight(server.url('restored', 'plain'), facts, { noOwner: true });
    expect(allowed.messages).toEqual([
      expect.stringMatching(/plain may not make the subscription two: .*no password/),
    ]);
    await server.query('restored', 'REVOKE pg_create_subscription FROM plain');
  });

  it('that others make during a load are strangers', async () => {
    await server.query('app', subscribe('own', 'dbname=x'));
    const target = await openReplacing(server.url('restored'), { replace: false });
    onTestFinished(() => target.close());
    await copyAll(await source(), target);
    // Where two may have the same name the server itself would wait.
    await server.query('restored', subscribe('others', 'dbname=x'));
    await expect(target.commit()).rejects.toMatchObject({
      message: expect.stringMatching(
        /made objects in the database during the restore: subscription others\./,
      ),
    });
    const again = await openReplacing(server.url('restored'));
    onTestFinished(() => again.close());
    await copyAll(await source(), again);
    await again.commit();
    expect(
      await server.query(
        'restored',
        `SELECT subname, subenabled FROM pg_subscription s JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database()`,
      ),
    ).toEqual([{ subname: 'own', subenabled: false }]);
  });
});
