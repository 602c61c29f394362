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
  // A crash may forget what has not come to the disk: these servers commit without waiting for it.
  await server.query('postgres', 'CHECKPOINT');
  const facts = await factsOf(server.url('postgres'));
  await server.query('postgres', `ALTER DATABASE postgres RESET app.tenant`);
  // After the crash of one of its processes a server starts anew, and with that file as a standby.
  const data = `${server.socketDir}/data`;
  await server
    .query(
      'postgres',
      `COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; touch "${data}/standby.signal"; kill -9 $PPID'`,
    )
    .catch(() => undefined);
  const { messages } = await whenUp(() => preflight(server.url('postgres', 'plain'), facts));
  expect(messages[0]).toBe('the target server is a standby and read-only');
  expect(messages.join()).not.toContain('app.tenant');
});

/** What an action gives as soon as the server takes connections again. */
async function whenUp<T>(action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!/the database system is|Connection|connection/.test(String(error))) throw error;
    }
  }
}
