import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { postgres } from '../../src/database/postgres/postgres.ts';
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
      return {
        url: server.url(name),
        query: (sql) => server.query(name, sql),
        drop: () => server.dropDatabase(name),
      };
    },
    malformedUrl: 'postgres://ann:s3cret@localhost:x/app',
    unreachableUrl: 'postgres://ann:s3cret@127.0.0.1:1/app',
  });
});
