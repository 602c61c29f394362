import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DatabaseSource } from '../../../src/database/engine.ts';
import { openSource } from '../../../src/database/postgres/source/source.ts';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 120_000);
afterAll(() => server?.stop());

async function open(excludedRows: string): Promise<DatabaseSource> {
  return openSource({
    url: server.url('app'),
    env: {},
    reporter: recordingReporter(),
    signal: new AbortController().signal,
    jobs: 2,
    excludeTable: () => false,
    excludeRows: (_, name) => name === excludedRows,
  });
}

it('is a source like any other, but for what it does not have', { timeout: 60_000 }, async () => {
  await server.createDatabase('app');
  await server.query(
    'app',
    `CREATE TABLE a (id serial); INSERT INTO a DEFAULT VALUES; CREATE TABLE b (id int); INSERT INTO b VALUES (7);
    CREATE UNLOGGED TABLE scratch (id int); INSERT INTO scratch VALUES (1);`,
  );
  await server.becomeStandby();
  await expect(open('')).rejects.toMatchObject({
    message: expect.stringContaining('unlogged table public.scratch: a standby does not have its content'),
    hint: expect.stringContaining('--exclude-table-data'),
  });
  const source = await open('scratch');
  const rows = new Map<string, string>();
  await Promise.all(
    source.tables
      .filter(({ withRows }) => withRows)
      .map(async (table) => {
        const chunks: Buffer[] = [];
        for await (const part of source.parts(table, 1 << 20)) {
          for await (const chunk of part.chunks) chunks.push(chunk);
        }
        rows.set(table.name, Buffer.concat(chunks).toString());
      }),
  );
  expect(Object.fromEntries(rows)).toEqual({ a: '1\n', b: '7\n' });
  await source.close();
});
