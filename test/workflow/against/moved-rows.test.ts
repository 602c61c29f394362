import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runBackup } from '../../../src/workflow/backup.ts';
import { runVerify } from '../../../src/workflow/verify.ts';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import { folderOfFile } from '../../support/temporary-folder.ts';

const LABELS = Array.from({ length: 20 }, (_, index) => `'${index}'`).join(', ');
/** The hash of an enum's value is made from its number, which is another in each database. */
const SCHEMA = `
  CREATE TYPE label AS ENUM (${LABELS});
  CREATE TABLE t (key label, n int) PARTITION BY HASH (key);
  CREATE TABLE t_0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE t_1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  INSERT INTO t SELECT v, i FROM unnest(enum_range(null::label)) WITH ORDINALITY AS u (v, i)`;

let server: PostgresServer;
const folder = await folderOfFile();
const archive = join(folder, 'app.zip');

const common = () => ({
  archive,
  env: {},
  reporter: recordingReporter(),
  signal: new AbortController().signal,
  key: undefined,
});

beforeAll(async () => {
  server = await startPostgres();
  for (const name of ['app', 'copy']) {
    await server.createDatabase(name);
    await server.query(name, SCHEMA);
  }
  await runBackup({
    ...common(),
    database: server.url('app'),
    storages: [],
    overwrite: false,
    jobs: 1,
    lockTimeout: undefined,
    tables: [],
    excludeTables: [],
    excludeRows: [],
    excludeFiles: [],
    stdout: process.stdout,
  });
});
afterAll(() => server?.stop());

async function differences(): Promise<string[]> {
  const against = { url: server.url('copy'), jobs: 1 };
  const result = await runVerify({ ...common(), quick: false, against, stdin: process.stdin });
  return (result.against?.differences ?? []).map(({ message }) => message);
}

it('finds no difference where rows lie in other partitions by hash of the same table', async () => {
  const rows = (database: string) => server.query(database, 'SELECT n FROM t_0 ORDER BY n');
  expect(await rows('copy')).not.toEqual(await rows('app'));
  expect(await differences()).toEqual([]);
});

it('finds a row that is another, wherever it lies', async () => {
  await server.query('copy', `UPDATE t SET n = 100 WHERE n = 7`);
  const found = await differences();
  expect(found).not.toEqual([]);
  for (const message of found) expect(message).toMatch(/^rows of table public\.t_[01]: /);
});
