import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/postgres.ts';
import { factsOf, preflight } from './preflight-bench.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 120_000);
afterAll(() => server?.stop());

it('is refused by a standby, where nothing can be tried', { timeout: 60_000 }, async () => {
  await server.query('postgres', `ALTER DATABASE postgres SET app.tenant = 'x'; CREATE ROLE plain LOGIN`);
  const facts = await factsOf(server.url('postgres'));
  await server.query('postgres', `ALTER DATABASE postgres RESET app.tenant`);
  await server.becomeStandby();
  const { messages } = await preflight(server.url('postgres', 'plain'), facts);
  expect(messages[0]).toBe('the target server is a standby and read-only');
  expect(messages.join()).not.toContain('app.tenant');
});
