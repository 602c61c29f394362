import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseSource, Statement } from '../../../src/database/engine.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { copyAll, openReplacing, openSource } from './copy-all.ts';
import { restoreWithPsql } from './psql-restore.ts';

const VERSIONS = installedPostgresVersions().filter((version) => version === 13 || version === 18);

/** Of the server, of the role, of the database, and of the role in it: each but the last beaten by the next. */
const SETTINGS = `
  ALTER ROLE postgres SET timezone = 'Europe/Berlin';
  ALTER DATABASE app SET timezone = 'Asia/Tokyo';
  ALTER DATABASE app SET datestyle = 'SQL, DMY';
  ALTER DATABASE app SET intervalstyle = 'iso_8601';
  ALTER DATABASE app SET bytea_output = 'hex';
  ALTER ROLE postgres IN DATABASE app SET bytea_output = 'escape';
  ALTER DATABASE app SET default_text_search_config = 'pg_catalog.german';
  ALTER DATABASE app SET app.unit = '42';
  ALTER DATABASE app SET search_path = shop, public;
  ALTER DATABASE app SET lock_timeout = '1h'`;

const SCHEMA = `
  CREATE SCHEMA shop;
  CREATE TABLE public.sale (at timestamptz, eur int, day interval);
  INSERT INTO public.sale VALUES ('2024-06-30 22:30+00', 5, '1 day 2 hours');
  CREATE MATERIALIZED VIEW public.report AS
    SELECT date_trunc('month', at)::date::text AS month, sum(eur) AS eur, min(day)::text AS day,
      '\\x00ff'::bytea::text AS bytes, to_tsvector('die Häuser') AS words, coalesce(current_setting('app.unit', true), '') AS unit
    FROM public.sale GROUP BY 1;
  CREATE MATERIALIZED VIEW public.again AS SELECT * FROM public.report;
  CREATE FUNCTION public.pass() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
  CREATE EVENT TRIGGER pass ON sql_drop EXECUTE FUNCTION public.pass()`;

const REPORT = {
  month: '01/07/2024',
  eur: '5',
  day: 'P1DT2H',
  bytes: '\\000\\377',
  words: "'haus':2",
  unit: '42',
};

describe.each(VERSIONS)('materialized views of server %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    for (const name of ['app', 'restored']) await server.createDatabase(name);
    await server.query('postgres', SETTINGS);
    await server.query('app', SCHEMA);
    await server.query('postgres', 'ALTER DATABASE app SET default_transaction_read_only = on');
  });
  afterEach(async () => {
    for (const name of ['app', 'restored']) await server.dropDatabase(name);
    await server.query('postgres', 'ALTER ROLE postgres RESET ALL');
  });

  const source = async (): Promise<DatabaseSource> => {
    const opened = await openSource(server.url('app'));
    onTestFinished(() => opened.close());
    return opened;
  };
  const restore = async (
    from: Pick<DatabaseSource, 'facts' | 'preData' | 'postData' | 'tables' | 'parts'>,
    jobs: number,
    replace = false,
  ): Promise<void> => {
    const target = await openReplacing(server.url('restored'), { replace, jobs });
    onTestFinished(() => target.close());
    await copyAll(from as DatabaseSource, target);
    await target.commit();
    await target.clean();
  };
  const report = (database: string, view = 'again') => server.query(database, `SELECT * FROM public.${view}`);

  it('are filled at the source as a plain session does', async () => {
    expect(await report('app')).toEqual([REPORT]);
  });

  it.each([1, 2])(
    'are filled under the settings of server, role and database, with %i jobs',
    async (jobs) => {
      await restore(await source(), jobs);
      expect(await report('restored')).toEqual([REPORT]);
      expect(await report('restored', 'report')).toEqual([REPORT]);
    },
  );

  it.each([1, 2])(
    'are filled under the settings of the archive where those of the target are replaced, with %i jobs',
    async (jobs) => {
      await server.query(
        'postgres',
        `ALTER DATABASE restored SET datestyle = 'German'; ALTER DATABASE restored SET app.unit = '7';
         ALTER ROLE postgres IN DATABASE restored SET intervalstyle = 'sql_standard'`,
      );
      await restore(await source(), jobs, true);
      expect(await report('restored')).toEqual([REPORT]);
    },
  );

  it.each([1, 2])('forget what the replaced database was set to, with %i jobs', async (jobs) => {
    await server.query(
      'postgres',
      `ALTER DATABASE restored SET datestyle = 'German'; ALTER DATABASE restored SET intervalstyle = 'sql_standard';
       ALTER ROLE postgres IN DATABASE restored SET bytea_output = 'escape'; ALTER DATABASE restored SET app.unit = '7'`,
    );
    const { facts, preData, postData, tables, parts } = await source();
    const isKept = ({ kind }: Statement): boolean => kind !== 'DATABASE SETTING';
    await restore({ facts, preData, postData: postData.filter(isKept), tables, parts }, jobs, true);
    expect(await report('restored')).toEqual([
      {
        ...REPORT,
        month: '2024-07-01',
        day: '1 day 02:00:00',
        bytes: '\\x00ff',
        words: "'die':1 'häuser':2",
        unit: '',
      },
    ]);
  });

  it.each([1, 2])('are filled so out of archives that do not say it, with %i jobs', async (jobs) => {
    const { facts, preData, postData, tables, parts } = await source();
    const isOld = ({ name }: Statement): boolean => name !== 'plain session';
    await restore({ facts, preData, postData: postData.filter(isOld), tables, parts }, jobs);
    expect(await report('restored')).toEqual([REPORT]);
  });

  it('are filled by a role that may not set all that an administrator has set for the database', async () => {
    await server.query(
      'postgres',
      `CREATE ROLE plain LOGIN; ALTER ROLE plain SET timezone = 'Europe/Berlin'; ALTER DATABASE restored OWNER TO plain;
       ALTER DATABASE restored SET log_min_duration_statement = '1h'; ALTER DATABASE restored SET datestyle = 'German'`,
    );
    const from = await source();
    const target = await openReplacing(server.url('restored', 'plain'), {
      replace: false,
      noOwner: true,
      jobs: 1,
    });
    onTestFinished(() => target.close());
    const beyondReach = ['DATABASE SETTING', 'EVENT TRIGGER'];
    const postData = from.postData.filter(({ kind }) => !beyondReach.includes(kind));
    const { facts, preData, tables, parts } = from;
    await copyAll({ facts, preData, postData, tables, parts } as unknown as DatabaseSource, target);
    await target.commit();
    expect(await report('restored')).toMatchObject([{ month: '01.07.2024', eur: '5' }]);
    await server.dropDatabase('restored');
    await server.query('postgres', 'DROP ROLE plain');
  });

  it('are filled so by psql', async () => {
    await restoreWithPsql(server, await source(), 'restored');
    expect(await report('restored')).toEqual([REPORT]);
  });

  it('leave nothing of these settings to what comes behind them', async () => {
    const { postData } = await source();
    const names = postData.map(({ kind, name }) => (kind === 'SETTING' ? name : kind));
    const last = names.lastIndexOf('MATERIALIZED VIEW DATA');
    expect(names.slice(last + 1, -1)).toContain('search_path');
    expect(names.slice(last + 1)).toContain('EVENT TRIGGER');
  });
});
