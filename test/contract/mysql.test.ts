import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { mysql } from '../../src/database/mysql/mysql.ts';
import { availableMysqlVersions, type MysqlServer, startMysql } from '../servers/mysql.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { describeEngine } from './engine.ts';

const PASSWORD = 's3cret';

describe.each(await availableMysqlVersions())('with the server %s', (version) => {
  let server: MysqlServer;

  beforeAll(async () => {
    server = await startMysql({ version });
    await server.query(
      '',
      `CREATE USER contract@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON *.* TO contract@'127.0.0.1' WITH GRANT OPTION`,
    );
    // With it a backup locks the server against all changes of schemas, those of the restores beside it as well.
    if (server.flavor === 'mysql')
      await server.query('', `REVOKE BACKUP_ADMIN ON *.* FROM contract@'127.0.0.1'`);
  });
  afterAll(() => server.stop());
  const urlOf = (database: string): string => server.url(database, 'contract', PASSWORD);

  describeEngine('MySQL', {
    engine: mysql,
    newDatabase: async () => {
      const name = `contract ${randomUUID()}`;
      await server.createDatabase(name);
      const closing: (() => void)[] = [];
      return {
        url: urlOf(name),
        query: (sql) => server.query(name, sql),
        cutConnections: () => cutConnections(server, name),
        lossyUrl: async () => {
          const proxy = await startCuttingProxy(server.port, 'RENAME TABLE', { once: false });
          closing.push(() => proxy.close());
          // What is encrypted says nothing to the proxy.
          return `${urlOf(name).replace(`:${server.port}/`, `:${proxy.port}/`)}?ssl-mode=disabled`;
        },
        drop: async () => {
          for (const close of closing.splice(0)) close();
          await server.dropDatabase(name);
        },
      };
    },
    malformedUrl: 'mysql://ann:s3cret@localhost:x/app',
    env: { MYSQL_PWD: PASSWORD },
    unreachableUrl: 'mysql://ann:s3cret@127.0.0.1:1/app',
  });
});

/** Ends the connections to a database, and to those that lie beside it for a restore. */
async function cutConnections(server: MysqlServer, database: string): Promise<void> {
  const connections = await server.query<{ id: number }>(
    '',
    `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = ? OR DB LIKE 'holdfast\\_%'`,
    [database],
  );
  for (const { id } of connections) {
    // It may have ended by itself.
    await server.query('', `KILL CONNECTION ${id}`).catch(() => undefined);
  }
}
