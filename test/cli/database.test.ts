import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { differences } from '../../scripts/demo/compare-fingerprints.ts';
import { databaseFingerprint } from '../../scripts/demo/database-fingerprint.ts';
import { folderFingerprint } from '../../scripts/demo/folder-fingerprint.ts';
import { createSampleApplication } from '../../scripts/demo/sample-application.ts';
import { startPostgres, type PostgresServer } from '../servers/postgres.ts';
import { findPostgresTools, pgDump } from '../servers/postgres-tools.ts';
import { runHoldfast, startHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';

const KEY = '0123456789abcdef'.repeat(4);

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** The sample application in the database `name` and the folder `uploads` of a temporary working directory. */
async function sampleApplication(name: string): Promise<string> {
  const cwd = await temporaryFolder();
  await server.createDatabase(name);
  await createSampleApplication((sql, values) => server.query(name, sql, values), join(cwd, 'uploads'));
  return cwd;
}

async function dumpWithSettings(database: string): Promise<string> {
  // The database's name, also in quotes, with none that is part of it.
  return (await pgDump(server, database, ['--create'])).replaceAll(
    new RegExp(`\\b${database}\\b`, 'g'),
    'db',
  );
}

describe('an application: database and files', () => {
  it.each([
    ['plain', {}],
    ['encrypted', { HOLDFAST_KEY: KEY }],
  ])('comes back the same from a %s archive', async (kind, key) => {
    const source = `app_${kind}`;
    const target = `restored_${kind}`;
    const cwd = await sampleApplication(source);
    const from = { ...key, HOLDFAST_DATABASE: server.url(source), HOLDFAST_STORAGE: 'uploads' };
    const backup = await runHoldfast(['backup', 'a.zip', '--jobs', '3'], { cwd, env: from });
    expect(backup).toMatchObject({ code: 0 });
    expect(await runHoldfast(['verify', 'a.zip'], { cwd, env: key })).toMatchObject({ code: 0 });
    await server.createDatabase(target);
    const to = { ...key, HOLDFAST_DATABASE: server.url(target), HOLDFAST_STORAGE: 'uploads=restored' };
    const restore = await runHoldfast(['restore', 'a.zip'], { cwd, env: to });
    expect(restore).toMatchObject({ code: 0 });
    expect(
      differences(
        await databaseFingerprint(server.url(source)),
        await databaseFingerprint(server.url(target)),
      ),
    ).toEqual([]);
    expect(
      differences(
        await folderFingerprint(join(cwd, 'uploads')),
        await folderFingerprint(join(cwd, 'restored')),
      ),
    ).toEqual([]);
    expect((await readdir(cwd)).toSorted()).toEqual(['a.zip', 'a.zip.sha256', 'restored', 'uploads']);
  });

  // Loaded beside the target, rows may lie on disk in another order.
  const inLines = (dump: string): string => dump.split('\n').toSorted().join('\n');
  it.for<[how: string, jobs: string, comparable: (dump: string) => string]>([
    ['on one connection', '1', (dump) => dump],
    ['on two, but for the order of rows', '2', inLines],
  ])('gives the same pg_dump after as before %s', async ([, jobs, comparable], context) => {
    required(context, await findPostgresTools(server.version));
    const [before, after] = [`dumped_${jobs}`, `dumped_again_${jobs}`];
    const cwd = await sampleApplication(before);
    const from = { HOLDFAST_DATABASE: server.url(before) };
    expect(await runHoldfast(['backup', 'a.zip'], { cwd, env: from })).toMatchObject({ code: 0 });
    await server.createDatabase(after);
    const to = { HOLDFAST_DATABASE: server.url(after) };
    expect(await runHoldfast(['restore', 'a.zip', '--jobs', jobs], { cwd, env: to })).toMatchObject({
      code: 0,
    });
    expect(comparable(await pgDump(server, after))).toBe(comparable(await pgDump(server, before)));
  });

  it('is restored by unzip, sha256sum, psql and zstd alone', async (context) => {
    const tools = required(context, await findPostgresTools(server.version));
    for (const name of ['unzip', 'zstd', 'sha256sum']) required(context, await tool(name));
    const cwd = await sampleApplication('unaided');
    const env = { HOLDFAST_DATABASE: server.url('unaided'), HOLDFAST_STORAGE: 'uploads' };
    expect(await runHoldfast(['backup', 'a.zip'], { cwd, env })).toMatchObject({ code: 0 });
    await runTool('unzip', ['-q', 'a.zip', '-d', 'unpacked'], { cwd });
    await runTool('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: join(cwd, 'unpacked') });
    await server.createDatabase('unaided_again');
    await runTool('sh', ['restore.sh', server.url('unaided_again'), join(cwd, 'files')], {
      cwd: join(cwd, 'unpacked'),
      env: { ...process.env, PATH: `${tools.folder}:${process.env['PATH'] ?? ''}` },
    });
    const before = await databaseFingerprint(server.url('unaided'));
    expect(differences(before, await databaseFingerprint(server.url('unaided_again')))).toEqual([]);
    // A zip keeps whole seconds of each time, in steps of two; all else is the same.
    const withoutTimes = async (folder: string): Promise<Map<string, string>> =>
      new Map(
        [...(await folderFingerprint(folder))].map(([path, facts]) => [
          path,
          facts.replace(/\d{4}-\d\d-\d\dT[^,]*Z/, ''),
        ]),
      );
    expect(
      differences(
        await withoutTimes(join(cwd, 'uploads')),
        await withoutTimes(join(cwd, 'files', 'uploads')),
      ),
    ).toEqual([]);
  });

  it('takes nothing of a hostile database for a command, in holdfast, psql or the shell', async (context) => {
    const tools = required(context, await findPostgresTools(server.version));
    for (const name of ['unzip', 'zstd', 'sha256sum']) required(context, await tool(name));
    const cwd = await temporaryFolder();
    for (const name of ['hostile', 'hostile_again', 'hostile_by_hand']) await server.createDatabase(name);
    for (const script of ['hostile-names.sql', 'hostile-kinds.sql']) {
      await server.query('hostile', await readFile(new URL(script, import.meta.url), 'utf8'));
    }
    const run = async (args: string[], database: string): Promise<void> => {
      const result = await runHoldfast(args, { cwd, env: { HOLDFAST_DATABASE: server.url(database) } });
      expect(result.code === 0 ? '' : result.stderr).toBe('');
    };
    await run(['backup', 'a.zip'], 'hostile');
    await run(['restore', 'a.zip'], 'hostile_again');
    await runTool('unzip', ['-q', 'a.zip', '-d', 'unpacked'], { cwd });
    await runTool('sh', ['restore.sh', server.url('hostile_by_hand')], {
      cwd: join(cwd, 'unpacked'),
      env: { ...process.env, PATH: `${tools.folder}:${process.env['PATH'] ?? ''}` },
    });
    const dump = await dumpWithSettings('hostile');
    expect(await dumpWithSettings('hostile_again')).toBe(dump);
    expect(await dumpWithSettings('hostile_by_hand')).toBe(dump);
    expect(await server.query('hostile', `select rolname from pg_roles where rolname = 'pwned'`)).toEqual([]);
    const files = await readdir(cwd, { recursive: true });
    expect(files.filter((path) => basename(path).startsWith('pwned'))).toEqual([]);
  });

  it('leaves rows out by --exclude-table-data and tables by --exclude-table, and says so in the manifest', async () => {
    const cwd = await temporaryFolder();
    await server.createDatabase('chosen');
    await server.query(
      'chosen',
      `create table kept (x int); insert into kept values (1), (2);
      create table log_1 (x int); insert into log_1 values (1); create table gone (x int)`,
    );
    const args = ['backup', 'a.zip', '--exclude-table-data', 'log_*', '--exclude-table', 'public.gone'];
    expect(await runHoldfast(args, { cwd, env: { HOLDFAST_DATABASE: server.url('chosen') } })).toMatchObject({
      code: 0,
    });
    const inspect = await runHoldfast(['inspect', 'a.zip', '--json'], { cwd });
    const { database } = JSON.parse(inspect.stdout.toString()) as {
      database: { tables: { name: string; rows: number; withRows: boolean }[] };
    };
    expect(database.tables.map(({ name, rows, withRows }) => [name, rows, withRows])).toEqual([
      ['kept', 2, true],
      ['log_1', 0, false],
    ]);
  });

  it('gives up on a locked table after --lock-timeout, names the session, and leaves nothing', async () => {
    const cwd = await temporaryFolder();
    await server.createDatabase('locked');
    await server.query('locked', 'create table busy (x int)');
    const holder = new Client(`${server.url('locked')}?application_name=shop`);
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query('begin; lock table busy');
    const { code, stderr } = await runHoldfast(['backup', '--lock-timeout', '50ms'], {
      cwd,
      env: { HOLDFAST_DATABASE: server.url('locked') },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /table public\.busy is locked by process \d+ \(user "postgres", application "shop"\)/,
    );
    expect(await readdir(cwd)).toEqual([]);
  });

  it('leaves the target as it was when the server breaks off in the middle of the load', async () => {
    const cwd = await sampleApplication('loaded');
    const env = { HOLDFAST_DATABASE: server.url('loaded'), HOLDFAST_STORAGE: 'uploads' };
    expect(await runHoldfast(['backup', 'a.zip'], { cwd, env })).toMatchObject({ code: 0 });
    await server.createDatabase('broken_off');
    // Whoever makes a table there has to wait for this transaction.
    const holder = new Client(server.url('broken_off'));
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query('begin; lock table pg_catalog.pg_attribute in share mode');
    const to = { HOLDFAST_DATABASE: server.url('broken_off'), HOLDFAST_STORAGE: 'uploads=restored' };
    const { result, child } = startHoldfast(['restore', 'a.zip'], { cwd, env: to });
    const waiting = "application_name = 'holdfast' and datname = 'broken_off' and wait_event_type = 'Lock'";
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where ${waiting}`;
    while ((await server.query('postgres', end)).length === 0) {
      if (child.exitCode !== null) throw new Error(`holdfast did not wait: ${(await result).stderr}`);
    }
    const ended = await result;
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stderr).toMatch(/^Error: /m);
    await holder.query('rollback');
    expect((await readdir(cwd)).toSorted()).toEqual(['a.zip', 'a.zip.sha256', 'uploads']);
    // Nothing is left that would stand in the way of the next one.
    expect(await runHoldfast(['restore', 'a.zip'], { cwd, env: to })).toMatchObject({ code: 0 });
  });
});
