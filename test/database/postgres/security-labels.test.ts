import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { handOver, serverUser, temporaryRoot } from '../../servers/server-user.ts';
import { factsOf, preflight, withSource } from './preflight-bench.ts';
import { copyDatabase, fingerprint } from './roundtrip.ts';

const OBJECTS = `CREATE SCHEMA "Odd ""schema"; CREATE EXTENSION hstore; CREATE TABLE "Odd ""schema".t (id int, "Odd ""column" text);
  CREATE VIEW v AS SELECT 1 AS a; CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE SEQUENCE s; CREATE TYPE e AS ENUM ('x');
  CREATE TYPE c AS (a int); CREATE DOMAIN d AS int; CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE PROCEDURE p() LANGUAGE sql AS ''; CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
  CREATE FOREIGN DATA WRAPPER w; CREATE SERVER x FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE far (a int) SERVER x`;

/** What a label is given to, as SECURITY LABEL says it, in the order in which the statements come. */
const LABELLED = [
  'SCHEMA public',
  'SCHEMA "Odd ""schema"',
  'TABLE "Odd ""schema".t',
  'COLUMN "Odd ""schema".t."Odd ""column"',
  'VIEW public.v',
  'COLUMN public.v.a',
  'MATERIALIZED VIEW public.m',
  'SEQUENCE public.s',
  'TYPE public.e',
  'TYPE public.c',
  'COLUMN public.c.a',
  'TYPE public.d',
  'FUNCTION public.f(integer)',
  'PROCEDURE public.p()',
  'ROUTINE public.total(integer)',
  'FOREIGN TABLE public.far',
  'COLUMN public.far.a',
  'FUNCTION public.akeys(public.hstore)',
];

const version = 15;
const compiler = findCompiler();
const reason = !installedPostgresVersions().includes(version)
  ? `PostgreSQL ${version} is not installed`
  : compiler === undefined
    ? 'there is no C compiler (cc)'
    : undefined;
if (reason !== undefined) console.warn(`Security labels are not restored: ${reason}`);

function findCompiler(): string | undefined {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return 'cc';
  } catch {
    return undefined;
  }
}

describe.skipIf(reason !== undefined)('security labels of a provider', () => {
  let folder: string;
  let server: PostgresServer;
  beforeAll(async () => {
    const user = serverUser();
    folder = await mkdtemp(join(await temporaryRoot(user), 'holdfast-labels-'));
    const library = join(folder, 'label_provider.so');
    const source = join(import.meta.dirname, 'label-provider.c');
    execFileSync(compiler ?? '', ['-shared', '-fPIC', '-o', library, source]);
    await handOver(folder, user);
    server = await startPostgres({ version, settings: { shared_preload_libraries: library } });
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  it('are restored on every kind of object', { timeout: 120_000 }, async () => {
    await server.createDatabase('labelled');
    const labels = LABELLED.map(
      (object, index) => `SECURITY LABEL FOR holdfast_test ON ${object} IS 'label ''${index}'' \\'`,
    );
    await server.query(
      'labelled',
      `${OBJECTS}; ${labels.join('; ')}; SECURITY LABEL ON DATABASE labelled IS 'of the database'`,
    );
    await copyDatabase(server, 'labelled', 'copied_labels');
    const source = await fingerprint(server, 'labelled');
    const target = await fingerprint(server, 'copied_labels');
    expect(source.dump.match(/^SECURITY LABEL /gm)?.length).toBeGreaterThan(15);
    expect(target.dump.replaceAll('copied_labels', 'labelled')).toBe(source.dump);
    const statements = [...source.preData, ...source.postData].filter((text) =>
      text.startsWith('SECURITY LABEL'),
    );
    expect(statements).toHaveLength(LABELLED.length + 1);
    const all = statements.join('\n');
    expect(labels.filter((label) => !all.includes(label.replace(/IS '(.*)\\'$/, `IS E'$1\\\\'`)))).toEqual(
      [],
    );
    expect(
      (await preflight(server.url('copied_labels'), await factsOf(server.url('labelled')))).messages,
    ).toEqual([]);
  });
});

describe.each(installedPostgresVersions())('security labels on server %i', (number) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version: number });
  }, 120_000);
  afterAll(() => server?.stop());

  it('become statements, and a server without their provider is refused', { timeout: 60_000 }, async () => {
    await server.createDatabase('labelled');
    await server.createDatabase('app');
    await server.query(
      'labelled',
      `CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; SET allow_system_table_mods = on;
      INSERT INTO pg_seclabel VALUES ('t'::regclass, 'pg_class'::regclass, 0, 'Odd "provider', 'it''s secret'),
        ('t'::regclass, 'pg_class'::regclass, 1, 'plain', 'c'), ('f'::regproc, 'pg_proc'::regclass, 0, 'plain', 'f'),
        ('pg_catalog.now'::regproc, 'pg_proc'::regclass, 0, 'plain', 'the server''s own');
      INSERT INTO pg_shseclabel SELECT oid, 'pg_database'::regclass, 'plain', 'd' FROM pg_database WHERE datname = current_database()`,
    );
    await withSource(server.url('labelled'), async ({ preData, postData }) => {
      const labels = [...preData, ...postData].filter(({ kind }) => kind === 'SECURITY LABEL');
      expect(labels.map(({ sql }) => sql.replace(/^DO [^]*'(SECURITY[^;]*)',[^]*$/, '$1'))).toEqual([
        "SECURITY LABEL FOR plain ON FUNCTION public.f() IS 'f';",
        `SECURITY LABEL FOR "Odd ""provider" ON TABLE public.t IS 'it''s secret';`,
        `SECURITY LABEL FOR plain ON COLUMN public.t.a IS 'c';`,
        `SECURITY LABEL FOR plain ON DATABASE %I IS ''d''`,
      ]);
    });
    const { messages } = await preflight(server.url('app'), await factsOf(server.url('labelled')));
    expect(messages).toEqual([
      'the target server has not loaded the providers of security labels "Odd ""provider", plain',
    ]);
  });
});
