import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findPostgresTools, pgDump } from '../servers/postgres-tools.ts';
import { type PostgresServer, startPostgres } from '../servers/postgres.ts';
import { runHoldfast, type HoldfastResult } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** Names and texts of every kind that hold `x`. Roles are the server's, and so only there when one is named. */
function schemaWith(x: string, role?: string): string {
  return `
    create schema "s${x}";
    create type "s${x}"."e${x}" as enum ('l${x}', 'm${x}');
    create domain "s${x}"."d${x}" as text constraint "k${x}" check (value <> 'k${x}');
    create table "s${x}"."t${x}" (
      id int primary key,
      "c${x}" text default 'd${x}' constraint "h${x}" check ("c${x}" <> 'h${x}\\'),
      "g${x}" text generated always as ("c${x}" || '${x}') stored,
      e "s${x}"."e${x}", d "s${x}"."d${x}");
    insert into "s${x}"."t${x}" (id, "c${x}", e, d) values (1, 'r${x}', 'l${x}', 'd${x}'), (2, e'\\\\ \\n ${x}', 'm${x}', null);
    comment on table "s${x}"."t${x}" is 'c${x}\\';
    comment on column "s${x}"."t${x}"."c${x}" is 'c${x}';
    create function "s${x}"."f${x}"() returns trigger language plpgsql
      set application_name to 'g${x}' as $$ begin -- ${x}
        return new; end $$;
    create function "s${x}"."q${x}"("a${x}" text default 'd${x}') returns text language sql begin atomic select 'q${x}' as q; end;
    create trigger "r${x}" before insert on "s${x}"."t${x}" for each row execute function "s${x}"."f${x}"('a${x}');
    create view "s${x}"."v${x}" as select "c${x}" as "w${x}", 'v${x}' as v from "s${x}"."t${x}";
    create materialized view "s${x}"."m${x}" as select 'm${x}'::text as m;
    create index "i${x}" on "s${x}"."t${x}" (("c${x}" || 'i${x}')) where "c${x}" <> 'i${x}';
    create rule "u${x}" as on update to "s${x}"."t${x}" do also (select 'u${x}'; notify "n${x}", 'p${x}';);
    create policy "p${x}" on "s${x}"."t${x}" using ("c${x}" <> 'p${x}');
    create sequence "s${x}"."s${x}";
    create aggregate "s${x}"."a${x}"(text) (sfunc = textcat, stype = text, initcond = 'i${x}');
    comment on function "s${x}"."q${x}"(text) is 'c${x}';
    do $do$ begin execute format('alter database %I set application_name to %L', current_database(), 'n${x}');
      execute format('comment on database %I is %L', current_database(), 'c${x}'); end $do$;
    ${
      role === undefined
        ? ''
        : `alter table "s${x}"."t${x}" owner to "${role}"; grant select on "s${x}"."v${x}" to "${role}";
    alter default privileges for role "${role}" grant select on tables to "${role}";
    create policy "q${x}" on "s${x}"."t${x}" to "${role}" using (true);`
    }`;
}

interface Bench {
  readonly cwd: string;
  newDatabase(encoding: string): Promise<string>;
  /** Runs a script whose bytes are in the database's encoding. */
  fill(database: string, sql: Buffer): Promise<void>;
  holdfast(database: string, ...args: string[]): Promise<HoldfastResult>;
  /** Runs restore.sh of a.zip. */
  restoreByHand(database: string, env?: Record<string, string>): Promise<void>;
}

let databases = 0;

async function openBench(context: TestContext): Promise<Bench> {
  const { psql, folder } = required(context, await findPostgresTools(server.version));
  for (const name of ['unzip', 'zstd', 'sha256sum']) required(context, await tool(name));
  const cwd = await temporaryFolder();
  return {
    cwd,
    async newDatabase(encoding) {
      const name = `encodings${++databases}`;
      await server.createDatabase(name, { encoding, locale: 'C' });
      onTestFinished(() => server.dropDatabase(name));
      return name;
    },
    async fill(database, sql) {
      const path = join(cwd, 'fill.sql');
      await writeFile(path, sql);
      const [row] = await server.query<{ encoding: string }>(
        database,
        `select pg_encoding_to_char(encoding) as encoding from pg_database where datname = current_database()`,
      );
      await runTool(psql, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', server.url(database), '-f', path], {
        env: { ...process.env, PGCLIENTENCODING: row!.encoding },
      });
    },
    holdfast: (database, ...args) =>
      runHoldfast(args, { cwd, env: { HOLDFAST_DATABASE: server.url(database) } }),
    async restoreByHand(database, env) {
      const unpacked = join(cwd, `unpacked-${database}`);
      await runTool('unzip', ['-q', join(cwd, 'a.zip'), '-d', unpacked], {
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      });
      await runTool('sh', ['restore.sh', server.url(database)], {
        cwd: unpacked,
        env: { ...process.env, ...env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
      });
    },
  };
}

/** The dump of a database in `encoding`, without its name. */
async function dump(database: string, encoding?: string): Promise<string> {
  const text = await pgDump(server, database, encoding ? ['--encoding', encoding] : ['--create']);
  return text.replaceAll(database, 'database');
}

async function expectCopies(bench: Bench, source: string, encoding: string): Promise<void> {
  const [restored, byHand] = [await bench.newDatabase(encoding), await bench.newDatabase(encoding)];
  const backup = await bench.holdfast(source, 'backup', 'a.zip');
  expect(backup).toMatchObject({ code: 0, stderr: expect.stringContaining('Backup complete') });
  expect(await bench.holdfast(restored, 'verify', 'a.zip')).toMatchObject({ code: 0 });
  expect(await bench.holdfast(restored, 'restore', 'a.zip')).toMatchObject({ code: 0 });
  // A client's own encoding must not matter.
  await bench.restoreByHand(byHand, { PGCLIENTENCODING: 'SJIS' });
  const original = await dump(source);
  expect(await dump(restored)).toBe(original);
  expect(await dump(byHand)).toBe(original);
  expect(await bench.holdfast(restored, 'restore', 'a.zip', '--overwrite', '--yes')).toMatchObject({
    code: 0,
  });
  expect(await dump(restored)).toBe(original);
}

describe('a database in the encoding', () => {
  it.for<[encoding: string, x: string, bytes: BufferEncoding]>([
    ['UTF8', 'é🐘\u2028', 'utf8'],
    ['LATIN1', 'é¤\u0085', 'latin1'],
    ['WIN1252', 'é\u0080', 'latin1'],
    // 日本 and a kana, and bytes of EUC_JP that UTF-8 knows.
    ['EUC_JP', '\u00c6\u00fc\u00cb\u00dc\u008e\u00b1', 'latin1'],
    ['SQL_ASCII', 'é', 'utf8'],
    ['SQL_ASCII', 'é\u00ff\u0080\u00c3\u0028', 'latin1'],
    // No character has these bytes, in UTF-8 or at all.
    ['WIN1252', 'é\u0081', 'latin1'],
    ['EUC_JP', '\u00a9\u00a1', 'latin1'],
  ])('%s comes back byte for byte with %j in names and texts', async ([encoding, x, bytes], context) => {
    const bench = await openBench(context);
    const source = await bench.newDatabase(encoding);
    await bench.fill(source, Buffer.from(schemaWith(x), bytes));
    await expectCopies(bench, source, encoding);
  });
});

/** The dump's texts, whatever encoding it was asked for in: both must be in the same. */
async function expectSameTexts(source: string, target: string): Promise<void> {
  expect(await dump(target, 'UTF8')).toBe(await dump(source, 'UTF8'));
}

describe('into a database of another encoding', () => {
  it.for<[from: string, x: string, bytes: BufferEncoding]>([
    ['LATIN1', 'é¤', 'latin1'],
    ['EUC_JP', '\u00c6\u00fc\u00cb\u00dc\u008e\u00b1', 'latin1'],
    ['SQL_ASCII', 'é🐘', 'utf8'],
  ])('%s goes into UTF8', async ([from, x, bytes], context) => {
    const bench = await openBench(context);
    const [source, restored, byHand] = [
      await bench.newDatabase(from),
      await bench.newDatabase('UTF8'),
      await bench.newDatabase('UTF8'),
    ];
    await bench.fill(source, Buffer.from(schemaWith(x), bytes));
    await bench.holdfast(source, 'backup', 'a.zip');
    const restore = await bench.holdfast(restored, 'restore', 'a.zip');
    expect(restore).toMatchObject({ code: 0, stderr: expect.stringContaining('Restored') });
    expect(restore.stderr.includes('rows may hold anything')).toBe(from === 'SQL_ASCII');
    await bench.restoreByHand(byHand);
    if (from !== 'SQL_ASCII') await expectSameTexts(source, restored);
    else expect(await dump(restored)).toBe((await dump(source)).replaceAll('SQL_ASCII', 'UTF8'));
    expect(await dump(byHand)).toBe(await dump(restored));
  });

  it.for<[from: string, to: string, sql: string, message: RegExp]>([
    [
      'SQL_ASCII',
      'UTF8',
      `create table "t\u00e9" ()`,
      /encoding is UTF8, the archive's is SQL_ASCII, and its names or texts are no UTF-8/,
    ],
    ['SQL_ASCII', 'LATIN1', 'create table t ()', /encoding is LATIN1, the archive's is SQL_ASCII/],
    [
      'WIN1252',
      'UTF8',
      `comment on schema public is '\u0081'`,
      /encoding is UTF8, the archive's is WIN1252, and its names/,
    ],
    ['UTF8', 'LATIN1', 'create table t ()', /encoding is LATIN1, the archive's is UTF8/],
    ['UTF8', 'SQL_ASCII', 'create table t ()', /encoding is SQL_ASCII, the archive's is UTF8/],
  ])('%s does not go into %s with %s', async ([from, to, sql, message], context) => {
    const bench = await openBench(context);
    const [source, target] = [await bench.newDatabase(from), await bench.newDatabase(to)];
    await bench.fill(source, Buffer.from(`set client_min_messages = error; ${sql}`, 'latin1'));
    expect(await bench.holdfast(source, 'backup', 'a.zip')).toMatchObject({ code: 0 });
    const restore = await bench.holdfast(target, 'restore', 'a.zip');
    expect(restore).toMatchObject({ code: 6, stderr: expect.stringMatching(message) });
    expect(restore.stderr).toContain(`ENCODING '${from}'`);
  });

  it.for([
    ['SQL_ASCII', /table public\.t/],
    ['WIN1252', /table public\.t/],
  ] as const)(
    'rows of %s that UTF8 does not have fail the restore and leave all as it was',
    async ([from, message], context) => {
      const bench = await openBench(context);
      const [source, target] = [await bench.newDatabase(from), await bench.newDatabase('UTF8')];
      await bench.fill(
        source,
        Buffer.from(`create table t (x text); insert into t values ('\u0081')`, 'latin1'),
      );
      await bench.holdfast(source, 'backup', 'a.zip');
      const restore = await bench.holdfast(target, 'restore', 'a.zip');
      expect(restore).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
      expect(restore.stderr).toContain('0x81');
      await expect(bench.restoreByHand(target)).rejects.toThrow('is as it was');
      expect(await server.query(target, `select relname from pg_class where relname = 't'`)).toEqual([]);
    },
  );
});

describe('a role whose name another database gave', () => {
  const role = (byte: string) => Buffer.from(`create role "r${byte}"`, 'latin1');

  it('goes where it has a meaning: all of SQL_ASCII', async (context) => {
    const bench = await openBench(context);
    const source = await bench.newDatabase('SQL_ASCII');
    await bench.fill(source, role('\u00e9'));
    onTestFinished(async () =>
      bench.fill(source, Buffer.from(`drop owned by "r\u00e9" cascade; drop role "r\u00e9"`, 'latin1')),
    );
    await bench.fill(source, Buffer.from(schemaWith('\u00e9', 'r\u00e9'), 'latin1'));
    await expectCopies(bench, source, 'SQL_ASCII');
  });

  it.for([['UTF8'], ['EUC_JP']] as const)(
    'is refused with its object where the database cannot say it: %s',
    async ([encoding], context) => {
      const bench = await openBench(context);
      const ascii = await bench.newDatabase('SQL_ASCII');
      await bench.fill(ascii, role('\u00ff'));
      const source = await bench.newDatabase(encoding);
      await server.query(source, 'create table "my table" ()');
      await server.query(
        source,
        `update pg_class set relowner = (select oid from pg_roles order by oid desc limit 1) where relname = 'my table'`,
      );
      const backup = await bench.holdfast(source, 'backup', 'a.zip');
      await server.query(source, `drop table "my table"`);
      await bench.fill(ascii, Buffer.from('drop role "r\u00ff"', 'latin1'));
      expect(backup).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/not valid in its encoding|invalid byte sequence/),
      });
      expect(backup.stderr).toContain('Names of roles and databases are shared');
    },
  );
});
