import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { factsOf, preflight, restore, withSource } from './preflight-bench.ts';

/** Each with its TOAST table, that one's index, and the index of its key. */
const TABLES = 650;

let source: PostgresServer;
let target: PostgresServer;
beforeAll(async () => {
  source = await startPostgres();
  target = await startPostgres({ settings: { max_locks_per_transaction: '10', max_connections: '10' } });
}, 120_000);
afterAll(async () => {
  await source?.stop();
  await target?.stop();
});

it('is refused where the lock table cannot hold what the load makes', { timeout: 120_000 }, async () => {
  await source.query(
    'postgres',
    `DO $$BEGIN FOR i IN 1..${TABLES} LOOP
      EXECUTE format('CREATE TABLE t%s (name text PRIMARY KEY)', i);
    END LOOP; END$$`,
  );
  await target.createDatabase('app');
  const facts = await factsOf(source.url('postgres'));
  expect(facts).toMatchObject({ requires: { demands: { relations: TABLES * 4 } } });
  expect(await preflight(target.url('app'), facts)).toMatchObject({
    messages: [expect.stringMatching(`makes ${TABLES * 4} tables.* laid out for 450$`)],
    hints: ['ALTER SYSTEM SET max_locks_per_transaction = 286; and restart the server'],
  });
  await withSource(source.url('postgres'), async (archive) => {
    await expect(restore(target.url('app'), archive)).rejects.toThrow('out of shared memory');
  });
});
