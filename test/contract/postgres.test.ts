import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { postgres } from '../../src/database/postgres/postgres.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { installedPostgresVersions, type PostgresServer, startPostgres } from '../servers/postgres.ts';
import { describeEngine } from './engine.ts';

const versions = installedPostgresVersions().toSorted((left, right) => left - right);

/** The oldest and the newest server. */
describe.each([...new Set([versions.at(0)!, versions.at(-1)!])])('with a server of version %i', (version) => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ version });
  });
  afterAll(() => server.stop());

  describeEngine('PostgreSQL', {
    engine: postgres,
    newDatabase: async () => {
      const name = `contract ${randomUUID()}`;
      await server.createDatabase(name);
      const withPassword = (url: string) => url.replace('postgres@', 'postgres:s3cret@');
      const closing: (() => void)[] = [];
      return {
        url: withPassword(server.url(name)),
        query: (sql) => server.query(name, sql),
        cutConnections: async () => {
          await server.query(
            'postgres',
            // Also those to the database beside it.
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE (datname = $1 OR datname LIKE 'contract%holdfast%') AND application_name = 'holdfast'`,
            [name],
          );
        },
        lossyUrl: async () => {
          const proxy = await startCuttingProxy(server.port, 'COMMIT\0', {
            once: false,
            // That of the swap, whose statements have been tried before.
            after: ['RENAME TO', 'RENAME TO', 'RENAME TO'],
          });
          closing.push(() => proxy.close());
          return withPassword(server.url(name)).replace(`:${server.port}/`, `:${proxy.port}/`);
        },
        drop: async () => {
          for (const close of closing.splice(0)) close();
          await server.dropDatabase(name);
        },
      };
    },
    malformedUrl: 'postgres://ann:s3cret@localhost:x/app',
    unreachableUrl: 'postgres://ann:s3cret@127.0.0.1:1/app',
  });
});
