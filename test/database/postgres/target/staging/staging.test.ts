import { Readable } from 'node:stream';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sideBySide } from '../../../../../src/core/side-by-side.ts';
import type { DatabaseTarget, Statement, TargetOptions } from '../../../../../src/database/engine.ts';
import { recover } from '../../../../../src/database/postgres/target/staging/recover.ts';
import { settle } from '../../../../../src/database/postgres/target/settle.ts';
import { openTarget } from '../../../../../src/database/postgres/target/target.ts';
import {
  installedPostgresVersions,
  type PostgresServer,
  startPostgres,
} from '../../../../servers/postgres.ts';
import { targetOptions } from '../../../../support/engine-options.ts';
import { type RecordingReporter, recordingReporter } from '../../../../support/recording-reporter.ts';
import { facts, requires, statement, table } from '../../target-bench.ts';

const ALL = installedPostgresVersions();
const VERSIONS = process.env['HOLDFAST_TEST_ALL'] ? ALL : ALL.filter((version) => [13, 18].includes(version));

/** A schema as an archive has it: what is made before the rows, and behind them. */
const preData: readonly Statement[] = [
  { ...statement('CREATE TABLE public.t (id int);'), object: 1, about: about('TABLE', 't') },
  {
    ...statement('CREATE TABLE public.u (id int, t int);', 'TABLE', 'u'),
    object: 2,
    about: about('TABLE', 'u'),
  },
];
const postData: readonly Statement[] = [
  {
    ...statement('ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);', 'CONSTRAINT', 't_pkey'),
    object: 3,
    about: { ...about('CONSTRAINT', 't_pkey'), table: 't', partOf: [1] },
  },
  {
    ...statement('CREATE INDEX u_t ON public.u USING btree (t);', 'INDEX', 'u_t'),
    object: 4,
    about: { ...about('INDEX', 'u_t'), table: 'u', partOf: [2] },
  },
  { ...statement('ALTER TABLE public.u CLUSTER ON u_t;', 'INDEX', 'u_t'), object: 4 },
  {
    ...statement('CREATE INDEX u_id ON public.u USING btree (id);', 'INDEX', 'u_id'),
    object: 5,
    about: { ...about('INDEX', 'u_id'), table: 'u', partOf: [2] },
  },
  {
    ...statement(
      'ALTER TABLE ONLY public.u ADD CONSTRAINT u_t_fkey FOREIGN KEY (t) REFERENCES public.t(id);',
      'FK CONSTRAINT',
      'u_t_fkey',
    ),
    object: 6,
    about: { ...about('FK CONSTRAINT', 'u_t_fkey'), table: 'u', partOf: [2, 1] },
  },
  {
    ...statement(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem TO ''5MB''', current_database()); END $$;`,
      'DATABASE SETTING',
    ),
    schema: null,
    object: 7,
  },
];
const other = { schema: 'public', name: 'u', columns: ['id', 't'] };

function about(kind: string, name: string) {
  return { kind, schema: 'public', name, table: null, needs: [], partOf: [], comesWith: [] };
}

describe.each(VERSIONS)('a load beside the target on server %i', { timeout: 60_000 }, (version) => {
  let server: PostgresServer;
  let reporter: RecordingReporter;
  const opened: DatabaseTarget[] = [];
  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.query(
      'postgres',
      'CREATE ROLE plain LOGIN; CREATE ROLE maker LOGIN CREATEDB; CREATE ROLE guest; CREATE ROLE monitor LOGIN',
    );
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    reporter = recordingReporter();
    await server.createDatabase('app', { template: 'template0' });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((target) => target.close()));
    for (const name of ['app', 'other', ...(await sides())]) await server.dropDatabase(name);
  });

  const sides = async (): Promise<string[]> =>
    (
      await server.query<{ datname: string }>(
        'postgres',
        `SELECT datname FROM pg_database WHERE datname LIKE '%holdfast%'`,
      )
    ).map(({ datname }) => datname);
  const open = async (
    {
      database = 'app',
      role = 'postgres',
      ...options
    }: Partial<TargetOptions> & {
      database?: string;
      role?: string;
    } = {},
    patience?: number,
  ): Promise<DatabaseTarget> => {
    const all = targetOptions(server.url(database, role), { reporter, jobs: 3, ...options });
    const target = await openTarget(all, patience);
    opened.push(target);
    return target;
  };
  const load = async (target: DatabaseTarget, rows = '1\n2\n'): Promise<void> => {
    await target.begin(facts());
    for (const one of preData) await target.execute(one);
    const parts = [
      { into: table, text: rows },
      { into: other, text: '1\t1\n' },
      { into: other, text: '2\t2\n' },
    ];
    await sideBySide(parts, target.loads, async ({ into, text }) => {
      await target.load(into, Readable.from([Buffer.from(text)]));
    });
    for (const one of postData) await target.execute(one);
    await target.complete?.();
  };
  const contents = async (database = 'app'): Promise<unknown> => [
    await server.query(database, 'SELECT id, t FROM public.u ORDER BY id'),
    await server.query(
      database,
      `SELECT conname, convalidated FROM pg_constraint WHERE conrelid <> 0 AND contype <> 'n' ORDER BY 1`,
    ),
    await server.query(
      database,
      `SELECT indexrelid::regclass::text AS name, indisvalid, indisclustered FROM pg_index
      WHERE indexrelid >= 16384 ORDER BY 1`,
    ),
  ];
  const propertiesOf = (database: string) =>
    server.query(
      'postgres',
      `SELECT pg_get_userbyid(datdba) AS owner, (SELECT array_agg(a::text ORDER BY a::text)::text FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) AS a) AS acl, datconnlimit, encoding, datcollate, datctype,
        shobj_description(oid, 'pg_database') AS comment, (SELECT array_agg(setrole::regrole || ' ' || setconfig::text ORDER BY setrole)::text
          FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings FROM pg_database AS d WHERE datname = $1`,
      [database],
    );

  it.each([
    ['superuser', 'postgres', false],
    ['owner who may create databases', 'maker', false],
    ['superuser, in the place of what is there', 'postgres', true],
  ])('as %s is what one in one transaction is', async (_title, role, replace) => {
    await server.createDatabase('other', { template: 'template0' });
    for (const name of ['app', 'other']) {
      await server.query(
        'postgres',
        `ALTER DATABASE ${name} OWNER TO ${role}; REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
        GRANT CONNECT ON DATABASE ${name} TO guest WITH GRANT OPTION; COMMENT ON DATABASE ${name} IS 'it''s';
        ALTER DATABASE ${name} CONNECTION LIMIT 20; ALTER DATABASE ${name} SET search_path = a, "B c";
        ALTER DATABASE ${name} SET default_transaction_read_only = on`,
      );
      if (replace) {
        await server.query(
          name,
          'SET transaction_read_only = off; CREATE TABLE public.old (); SELECT lo_create(7)',
        );
      }
      if (replace || role === 'postgres') {
        await server.query('postgres', `ALTER ROLE guest IN DATABASE ${name} SET work_mem = '6MB'`);
      }
    }
    const [before] = await server.query('postgres', `SELECT oid FROM pg_database WHERE datname = 'app'`);
    for (const [database, jobs] of [
      ['app', 3],
      ['other', 1],
    ] as const) {
      const target = await open({ database, role, jobs, replace });
      await load(target);
      expect(target.loads).toBe(jobs);
      expect(target.manner).toBe(null);
      expect(await server.query('app', `SELECT to_regclass('public.u') IS NULL AS missing`)).toEqual([
        { missing: database === 'app' },
      ]);
      await target.commit();
      await target.clean();
      await target.close();
    }
    expect(await contents()).toEqual(await contents('other'));
    expect(await propertiesOf('app')).toEqual(await propertiesOf('other'));
    expect(await server.query('app', 'SELECT 1 FROM pg_largeobject_metadata')).toEqual([]);
    expect(await server.query('postgres', `SELECT oid FROM pg_database WHERE datname = 'app'`)).not.toEqual([
      before,
    ]);
    expect(await sides()).toEqual([]);
    expect(reporter.warnings).toEqual([]);
  });

  it.each([
    ['a role that may not create databases', 'CREDIT', {}, /plain has no CREATEDB$/],
    ['somebody connected', 'CONNECT', { role: 'postgres' }, /others are connected to the database \(process/],
    ['what cannot be carried over', 'GRANT', { role: 'maker' }, /would not have its privileges$/],
    ['a template', 'ALTER DATABASE app IS_TEMPLATE true', { role: 'postgres' }, /a template$/],
  ])('is not made for %s, but one in one transaction', async (_title, how, options, manner) => {
    const role = 'role' in options ? options.role : 'plain';
    await server.query('postgres', `ALTER DATABASE app OWNER TO ${role}`);
    await server.query('app', `ALTER SCHEMA public OWNER TO ${role}`);
    if (how === 'CONNECT') {
      const client = new Client(server.url('app'));
      // It ends with the database.
      client.on('error', () => undefined);
      await client.connect();
    } else if (how === 'GRANT') {
      await server.query(
        'postgres',
        `GRANT CONNECT ON DATABASE app TO guest WITH GRANT OPTION; SET ROLE guest; GRANT CONNECT ON DATABASE app TO monitor`,
      );
    } else if (how.startsWith('ALTER')) await server.query('postgres', how);
    const target = await open({ role });
    await load(target);
    expect(target.loads).toBe(1);
    expect(target.manner).toMatch(/^in one transaction, over one connection: /);
    expect(target.manner).toMatch(manner);
    await target.commit();
    await target.clean();
    expect(await sides()).toEqual([]);
    if (how.startsWith('ALTER')) await server.query('postgres', 'ALTER DATABASE app IS_TEMPLATE false');
  });

  it('leaves nothing when rows or a constraint fail, and is not committed then', async () => {
    for (const rows of ['1\nx\n', '1\n1\n', '1\n']) {
      const target = await open();
      await expect(load(target, rows)).rejects.toMatchObject({
        code: 'failed',
        message: expect.stringMatching(/rows of table public\.t|constraint public\.t_pkey|fk constraint/),
      });
      await expect(target.commit()).rejects.toThrow('had failed');
      await target.rollback();
      await target.close();
      expect(await sides()).toEqual([]);
      expect(await server.query('app', `SELECT 1 FROM pg_class WHERE oid >= 16384`)).toEqual([]);
    }
  });

  it('does not lose what others make meanwhile', async () => {
    const target = await open();
    await load(target);
    await server.query('app', 'CREATE TABLE public.meanwhile ()');
    await expect(target.commit()).rejects.toMatchObject({
      message: expect.stringContaining('relation public.meanwhile'),
      hint: expect.stringContaining('Nothing was changed.'),
    });
    await target.rollback();
    expect(await sides()).toEqual([]);
    expect(await server.query('app', 'SELECT FROM public.meanwhile')).toEqual([]);
  });

  it('keeps what others make at the very last moment', async () => {
    const target = await open();
    await load(target);
    await target.commit();
    const [old] = await sides();
    await server.query(old!, 'CREATE TABLE public.meanwhile ()');
    await target.clean();
    expect(reporter.warnings).toEqual([expect.stringMatching(/made or altered objects.*_kept/s)]);
    expect(await sides()).toEqual([old!.replace(/_old$/, '_kept')]);
    expect(await recover(recovery(false))).toEqual([]);
    expect(await contents()).not.toEqual([]);
  });

  it('keeps what a transaction makes that began before the load and ends in its last moment', async () => {
    const target = await open();
    await load(target);
    const maker = new Client(server.url('app'));
    maker.on('error', () => undefined);
    await maker.connect();
    await maker.query('BEGIN; SAVEPOINT a; CREATE TABLE public.meanwhile ()');
    // The numbers of transactions that end meanwhile are higher than its own.
    await server.query('postgres', 'CREATE TABLE passing (); DROP TABLE passing');
    const committed = target.commit();
    const renaming = `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'ALTER DATABASE%' AND state = 'active'`;
    await expect.poll(() => server.query('postgres', renaming)).toHaveLength(1);
    await maker.query('COMMIT');
    await committed;
    await target.clean();
    expect(reporter.warnings).toEqual([expect.stringMatching(/altered objects.*_kept/s)]);
    const [kept] = await sides();
    expect(await server.query(kept!, 'SELECT FROM public.meanwhile')).toEqual([]);
  });

  it('takes the place also of a database to which others come back at once', async () => {
    const target = await open();
    await load(target);
    let isOver = false;
    let cuts = 0;
    const comeBack = async (): Promise<void> => {
      if (isOver) return;
      const monitor = new Client(server.url('app'));
      monitor.on('error', () => undefined);
      monitor.once('end', () => {
        cuts += 1;
        again = comeBack();
      });
      await monitor.connect().catch(() => undefined);
    };
    let again = comeBack();
    await again;
    await target.commit();
    isOver = true;
    await again;
    await target.clean();
    expect(cuts).toBeGreaterThan(0);
    expect(await sides()).toEqual([]);
    expect(await contents()).not.toEqual([]);
  });

  it('does not take the place of another database that has the name meanwhile', async () => {
    const target = await open();
    await load(target);
    await server.query('postgres', 'ALTER DATABASE app RENAME TO other');
    await server.createDatabase('app', { template: 'template0' });
    await expect(target.commit()).rejects.toMatchObject({
      message: expect.stringContaining('is no longer the one that the restore began with'),
      hint: expect.stringContaining('Nothing was changed.'),
    });
    await target.rollback();
    expect(await sides()).toEqual([]);
  });

  it('waits for transactions of others in the end, and cuts off who is in none', async () => {
    let ended = false;
    const target = await open({}, 0);
    await load(target);
    // In the new one: the target has got its other name by then.
    const [fresh] = await sides();
    const client = new Client(server.url(fresh));
    client.on('error', () => (ended = true));
    await client.connect();
    await client.query('BEGIN');
    await expect(target.commit()).rejects.toMatchObject({
      message: expect.stringMatching(
        /cannot take its place: process \d+ of role "postgres".*idle in transaction/,
      ),
      hint: expect.stringContaining('nothing was changed'),
    });
    expect(await sides()).toEqual([fresh]);
    expect(await server.query('app', `SELECT to_regclass('public.u') AS u`)).toEqual([{ u: null }]);
    await client.query('COMMIT');
    await target.rollback();
    expect(await sides()).toEqual([]);
    await target.close();
    await client.end();

    const second = await open();
    await load(second);
    const idle = new Client(server.url('app'));
    idle.on('error', () => (ended = true));
    await idle.connect();
    ended = false;
    await second.commit();
    await second.clean();
    expect(ended).toBe(true);
    expect(await contents()).not.toEqual([]);
  });

  const recovery = (dryRun: boolean) => ({
    ...targetOptions(server.url('app'), { reporter }),
    dryRun,
  });
  const killSessions = () =>
    server.query(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast'`,
    );

  it('is left alone while it is on, and removed when its process is gone', async () => {
    const target = await open();
    await load(target);
    const record = JSON.parse(JSON.stringify(target.record())) as ReturnType<typeof target.record>;
    expect(await recover(recovery(false))).toEqual([]);
    await expect((await open({ jobs: 2 })).begin(facts())).rejects.toThrow('There is another restore');
    await killSessions();
    const found = [expect.objectContaining({ outcome: 'rolled back' })];
    expect(await recover(recovery(true))).toEqual(found);
    expect(await sides()).toHaveLength(1);
    expect(await recover(recovery(false))).toEqual(found);
    expect(await sides()).toEqual([]);
    expect(await settle(record, { ...recovery(false), url: null })).toBe('rolled back');
  });

  it('is known as committed from the moment that the new has the name', async () => {
    const target = await open();
    await load(target);
    const record = JSON.parse(JSON.stringify(target.record())) as ReturnType<typeof target.record>;
    await target.commit();
    await killSessions();
    expect(await recover(recovery(true))).toEqual([expect.objectContaining({ outcome: 'committed' })]);
    for (let count = 0; count < 2; count += 1) {
      expect(await settle(record, { ...recovery(false), url: null })).toBe('committed');
      expect(await sides()).toEqual([]);
    }
    expect(await contents()).not.toEqual([]);
  });

  it('keeps what others made at the very last moment also when its process is gone', async () => {
    await server.query('postgres', `COMMENT ON DATABASE app IS 'it''s\nmine'`);
    const target = await open();
    await load(target);
    await target.commit();
    await killSessions();
    const [old] = await sides();
    await server.query(old!, 'CREATE TABLE public.meanwhile ()');
    expect(await recover(recovery(false))).toEqual([expect.objectContaining({ outcome: 'committed' })]);
    const kept = old!.replace(/_old$/, '_kept');
    expect(await sides()).toEqual([kept]);
    expect(reporter.warnings).toEqual([expect.stringContaining(kept)]);
    expect(await propertiesOf(kept)).toEqual([expect.objectContaining({ comment: "it's\nmine" })]);
    expect(await propertiesOf('app')).toEqual([expect.objectContaining({ comment: "it's\nmine" })]);
  });

  it('leaves extensions of others and their schemas where they are', async () => {
    await server.query('app', 'CREATE SCHEMA ext; CREATE EXTENSION pg_stat_statements SCHEMA ext');
    await server.query('postgres', 'ALTER DATABASE app OWNER TO maker');
    await server.query('app', 'ALTER SCHEMA public OWNER TO maker');
    const target = await open({ role: 'maker' });
    await target.begin(requires({ extensions: [{ name: 'pg_stat_statements', schema: 'ext' }] }));
    expect(target.manner).toBe(null);
    await target.execute({ ...statement('CREATE SCHEMA ext;', 'SCHEMA', 'ext'), schema: null });
    await target.commit();
    await target.clean();
    expect(
      await server.query('app', 'SELECT extowner::regrole::text AS owner FROM pg_extension ORDER BY 1'),
    ).toEqual([{ owner: 'postgres' }, { owner: 'postgres' }]);
  });
});
