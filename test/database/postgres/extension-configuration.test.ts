import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseSource, SourceOptions } from '../../../src/database/engine.ts';
import { postgres } from '../../../src/database/postgres/postgres.ts';
import { findPostgresTools, pgDump } from '../../servers/postgres-tools.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { FILL_SAMPLE_EXTENSION, sampleExtension } from '../../servers/sample-extension.ts';
import { sourceOptions } from '../../support/engine-options.ts';
import { copyAll, openReplacing, openSource } from './copy-all.ts';
import { preflight } from './preflight-bench.ts';
import { copyDatabase } from './roundtrip.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);

describe.each(VERSIONS)('what extensions hold for their users, in server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version, extensions: sampleExtension() });
  }, 60_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    await server.createDatabase('app');
    await server.query('app', FILL_SAMPLE_EXTENSION);
  });
  afterEach(async () => {
    await server.dropDatabase('app');
    await server.dropDatabase('restored');
  });

  /** Another server, with the extension as `changes` makes it. */
  async function otherServer(changes: (script: string) => string): Promise<PostgresServer> {
    const other = await startPostgres({ version, extensions: sampleExtension(changes) });
    onTestFinished(() => other.stop());
    await other.createDatabase('app');
    return other;
  }

  async function open(options: Partial<SourceOptions>): Promise<DatabaseSource> {
    const source = await postgres.openSource(sourceOptions(server.url('app'), options));
    onTestFinished(() => source.close());
    return source;
  }

  it('comes back, in the order of its foreign keys', { timeout: 60_000 }, async (context) => {
    const tools = await findPostgresTools(version);
    if (tools.reason !== undefined) context.skip(tools.reason);
    await copyDatabase(server, 'app', 'restored');
    const dump = async (name: string) =>
      (await pgDump(server, name, ['--create'])).replaceAll(name, 'database');
    expect(await dump('restored')).toBe(await dump('app'));
    expect(
      await server.query(
        'restored',
        `SELECT (SELECT count(*)::int FROM conf.parents) AS parents, (SELECT sum(twice)::int FROM conf.parents) AS twice,
          (SELECT count(*)::int FROM conf.children) AS children, (SELECT count(*)::int FROM conf.internals) AS internals,
          nextval('conf.counter')::int AS counter, nextval('conf.unmoved')::int AS unmoved`,
      ),
    ).toEqual([{ parents: 100, twice: 10_100, children: 3000, internals: 0, counter: 43, unmoved: 1 }]);
  });

  it('is loaded at once, however large, for its rows may need later ones', async () => {
    const source = await open({});
    const table = source.tables.find(({ name }) => name === 'children')!;
    const rows = [];
    for await (const part of source.parts(table, 1000)) {
      for await (const _ of part.chunks);
      rows.push(part.rows());
    }
    expect(rows).toEqual([3000]);
  });

  it('is left out where tables, or their rows, are', async () => {
    const noRows = await open({ excludeRows: (_, name) => name !== 'parents' });
    expect(noRows.tables.map(({ name, withRows }) => [name, withRows])).toEqual([
      ['parents', true],
      ['children', false],
    ]);
    const values = (source: DatabaseSource) => source.postData.filter(({ kind }) => kind === 'SEQUENCE SET');
    expect(values(noRows)).toEqual([]);
    const noTables = await open({ excludeTable: (_, name) => ['children', 'counter'].includes(name) });
    expect(noTables.tables.map(({ name }) => name)).toEqual(['parents']);
    expect(values(noTables).map(({ name }) => name)).toEqual(['unmoved']);
  });

  it('is locked while it is read', async () => {
    await open({});
    const locked = await server.query<{ name: string }>(
      'app',
      `SELECT relation::regclass::text AS name FROM pg_locks
      WHERE mode = 'AccessShareLock' AND relation::regclass::text LIKE 'conf.%' AND locktype = 'relation'
        AND relation IN (SELECT oid FROM pg_class WHERE relkind = 'r') ORDER BY 1`,
    );
    expect(locked.map(({ name }) => name)).toEqual(['conf.children', 'conf.parents']);
  });

  it('is missed beforehand where the target has no place for it', { timeout: 60_000 }, async () => {
    const other = await otherServer((script) =>
      script
        .replace(', word text', '')
        .replace("VALUES (1, 'standard', true)", 'VALUES (1, true)')
        .replaceAll('unmoved', 'still'),
    );
    const { facts } = await open({});
    const found = await preflight(other.url('app'), facts);
    expect(found.messages).toEqual([
      expect.stringMatching(
        /no place for .*: conf\.parents of holdfast_sample \(.*word.*\), conf\.unmoved of holdfast_sample/,
      ),
    ]);
    expect(found.hints[0]).toContain('--exclude-table-data');
    expect((await preflight(server.url('postgres'), facts)).messages).toEqual([]);
  });

  it(
    'fails to load where the new extension brings the same rows, and changes nothing',
    { timeout: 60_000 },
    async () => {
      const other = await otherServer((script) =>
        script.replace("(1, 'standard', true)", "(1, 'standard', true), (2, 'new', true)"),
      );
      const source = await openSource(server.url('app'));
      onTestFinished(() => source.close());
      const target = await openReplacing(other.url('app'), { replace: false });
      onTestFinished(() => target.close());
      await expect(copyAll(source, target)).rejects.toMatchObject({
        code: 'failed',
        message: expect.stringMatching(/refused rows of table conf\.parents: duplicate key[^]*parents_pkey/),
      });
      await target.rollback();
      expect(await target.isEmpty()).toBe(true);
    },
  );

  it('gives way to the archive in an extension that has to stay', { timeout: 60_000 }, async () => {
    await server.createDatabase('restored');
    await server.query('postgres', 'CREATE ROLE plain LOGIN; ALTER DATABASE restored OWNER TO plain');
    onTestFinished(() =>
      server.query('postgres', 'DROP OWNED BY plain; DROP ROLE plain').then(() => undefined),
    );
    // Its owner may not drop what a superuser has made.
    await server.query(
      'restored',
      `${FILL_SAMPLE_EXTENSION}; UPDATE conf.parents SET word = 'old'; ALTER SCHEMA public OWNER TO plain;
      ALTER SCHEMA conf OWNER TO plain; ALTER TABLE conf.parents OWNER TO plain; ALTER TABLE conf.children OWNER TO plain;
      ALTER SEQUENCE conf.counter OWNER TO plain; ALTER SEQUENCE conf.unmoved OWNER TO plain`,
    );
    const target = await openReplacing(server.url('restored', 'plain'), { noOwner: true });
    onTestFinished(() => target.close());
    const source = await open({});
    expect(await target.preflight(source.facts)).toEqual([]);
    await copyAll(source, target);
    await target.commit();
    const rows = 'SELECT * FROM conf.parents ORDER BY id';
    expect(await server.query('restored', `${rows} OFFSET 1`)).toEqual(
      await server.query('app', `${rows} OFFSET 1`),
    );
  });
});
