import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { copyAll, openReplacing, openSource } from './copy-all.ts';
import { preflight } from './preflight-bench.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);
const CONTENTS = `SELECT oid::text AS id, lomowner::regrole::text AS owner, lomacl::text AS acl, md5(lo_get(oid)) AS hash
  FROM pg_largeobject_metadata ORDER BY oid`;

describe.each(VERSIONS)('large objects of server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query('postgres', 'CREATE ROLE plain LOGIN; CREATE ROLE keeper; GRANT keeper TO plain');
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    await server.createDatabase('app');
    await server.createDatabase('restored');
    await server.query('postgres', 'ALTER DATABASE restored OWNER TO plain');
  });
  afterEach(async () => {
    await server.dropDatabase('app');
    await server.dropDatabase('restored');
  });

  const source = async (role = 'postgres') => {
    const opened = await openSource(server.url('app', role));
    onTestFinished(() => opened.close());
    return opened;
  };
  const target = async (role: string, noOwner = false) => {
    const opened = await openReplacing(server.url('restored', role), {
      replace: false,
      noOwner,
      noPrivileges: noOwner,
    });
    onTestFinished(() => opened.close());
    return opened;
  };
  const FILL = `SELECT lo_from_bytea(5, 'five'), lo_from_bytea(6, decode(repeat('ab', 600000), 'hex')), lo_create(7);
    ALTER LARGE OBJECT 5 OWNER TO plain; ALTER LARGE OBJECT 6 OWNER TO keeper; ALTER LARGE OBJECT 7 OWNER TO plain`;

  it('need no superuser, at either end', async () => {
    await server.query(
      'app',
      `${FILL}; REVOKE UPDATE ON LARGE OBJECT 6 FROM keeper; GRANT SELECT ON LARGE OBJECT 5 TO PUBLIC`,
    );
    const into = await target('plain');
    await copyAll(await source('plain'), into);
    await into.commit();
    expect(await server.query('restored', CONTENTS)).toEqual(await server.query('app', CONTENTS));
  });

  it('are left to who restores them when owners are left out', async () => {
    await server.query('app', FILL);
    const into = await target('plain', true);
    await copyAll(await source(), into);
    await into.commit();
    const rows = await server.query<{ owner: string; acl: string | null }>('restored', CONTENTS);
    expect(rows.map(({ owner, acl }) => [owner, acl])).toEqual([5, 6, 7].map(() => ['plain', null]));
  });

  it('that may not be read are named beforehand', async () => {
    await server.query(
      'app',
      `${FILL}; SELECT lo_create(i) FROM generate_series(100, 130) AS i; REVOKE ALL ON LARGE OBJECT 7 FROM plain;
      GRANT SELECT ON LARGE OBJECT 100 TO keeper; GRANT SELECT ON LARGE OBJECT 101 TO PUBLIC`,
    );
    await expect(openSource(server.url('app', 'plain'))).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/\n {2}large objects 7, 102, 103, .* and 10 more: it lacks SELECT$/),
      hint: expect.stringContaining('GRANT SELECT ON LARGE OBJECT 7 TO plain;'),
    });
    await server.query('app', 'ALTER DATABASE app SET lo_compat_privileges = on');
    await source('plain');
  });

  it('are those of the snapshot, on every connection', async () => {
    await server.query('app', `${FILL}; CREATE TABLE t (id int)`);
    const opened = await source();
    await server.query('app', `SELECT lo_put(5, 0, 'changed'), lo_unlink(6), lo_from_bytea(8, 'new')`);
    const into = await target('postgres');
    await copyAll(opened, into);
    await into.commit();
    const rows = await server.query<{ id: string; text: string }>(
      'restored',
      `SELECT oid::text AS id, encode(substr(lo_get(oid), 1, 4), 'escape') AS text FROM pg_largeobject_metadata ORDER BY oid`,
    );
    expect(rows).toEqual([
      { id: '5', text: 'five' },
      { id: '6', text: '\\253\\253\\253\\253' },
      { id: '7', text: '' },
    ]);
  });

  it('are missed no temporary tables too late', async () => {
    await server.query('app', FILL);
    await server.query('postgres', 'REVOKE TEMPORARY ON DATABASE restored FROM PUBLIC, plain');
    const { facts } = await source();
    const found = await preflight(server.url('restored', 'plain'), facts);
    expect(found.messages).toEqual([expect.stringMatching(/role plain may not make temporary tables/)]);
    expect(found.hints).toEqual([expect.stringContaining('GRANT TEMPORARY ON DATABASE restored TO plain;')]);
    expect((await preflight(server.url('restored'), facts)).messages).toEqual([]);
  });

  it('take no lock each, but for grants since 18 and comments, which preflight counts', async () => {
    await server.query('app', 'SELECT count(lo_create(i::oid)) FROM generate_series(1, 60000) AS i');
    await server.query(
      'app',
      `DO $$ BEGIN FOR i IN 1..60000 BY 1000 LOOP EXECUTE (SELECT format('GRANT SELECT ON LARGE OBJECT %s TO keeper',
        string_agg(o::text, ',')) FROM generate_series(i, i + 999) AS o); COMMIT; END LOOP; END $$`,
    );
    const { facts } = await source();
    const { messages } = await preflight(server.url('restored'), facts);
    expect(messages).toEqual(
      version < 18 ? [] : [expect.stringMatching(/grants or comments on 60000 large objects at once/)],
    );
  });

  it('make a database not empty, whatever their number', async () => {
    await server.query('restored', 'SELECT lo_create(3)');
    expect(await (await target('postgres')).isEmpty()).toBe(false);
  });
});
