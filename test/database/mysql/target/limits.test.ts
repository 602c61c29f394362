import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findMysql, type MysqlServer, startMysql } from '../../../servers/mysql.ts';
import { readArchive } from '../preflight/archive.ts';
import { restoreOver, sideDatabasesOf } from './restore-over.ts';

const database = 'app';

for (const version of ['mariadb', 'mariadb-newest', 'mysql'] as const) {
  const found = await findMysql(version);
  if (found.reason !== undefined) process.stderr.write(`limits.test.ts, ${version}: ${found.reason}\n`);

  describe.skipIf(found.reason !== undefined)(`a restore at the limits of ${version}`, () => {
    const isMysql = version === 'mysql';
    let server: MysqlServer;

    beforeAll(async () => {
      server = await startMysql({ version });
    }, 120_000);

    afterAll(() => server?.stop());

    beforeEach(async () => {
      await server.query('', "DROP USER IF EXISTS few@'%'");
      await server.dropDatabase(database);
      await server.createDatabase(database);
    });

    it('goes on with two connections where an account may have no more', async () => {
      await server.query(
        database,
        `CREATE TABLE t (a int); CREATE USER few@'%' IDENTIFIED BY 'few' WITH MAX_USER_CONNECTIONS 2;
        GRANT ALL ON *.* TO few@'%'`,
      );
      const archive = await readArchive(server.url(database));
      const url = server.url(database, 'few', 'few');
      expect(await restoreOver(url, archive, { jobs: 4, noOwner: true })).toEqual([
        'The server has no more connections to give: 1 connection will do.',
      ]);
      await server.query('', "ALTER USER few@'%' WITH MAX_USER_CONNECTIONS 1");
      await expect(restoreOver(url, archive, { jobs: 1 })).rejects.toMatchObject({
        hint: expect.stringContaining('A backup takes 3 connections at least, a restore 2'),
      });
    });

    it.skipIf(version === 'mariadb')('says what to do about a row outside of all partitions', async () => {
      await server.query(
        database,
        `CREATE TABLE t (a int) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (10));
        CREATE TABLE other (a int); INSERT INTO other VALUES (99);
        ALTER TABLE t EXCHANGE PARTITION p WITH TABLE other WITHOUT VALIDATION`,
      );
      await expect(
        restoreOver(server.url(database), await readArchive(server.url(database))),
      ).rejects.toMatchObject({
        message: 'The server refused rows of table t: Table has no partition for value 99',
        hint: expect.stringContaining('give the table a partition for such rows in database/pre-data.sql'),
      });
    });

    it('fills a MEMORY table that is larger than others may be', async () => {
      await server.query(
        database,
        `SET max_heap_table_size = 16777216; CREATE TABLE t (a int, b char(250)) ENGINE = MEMORY;
        INSERT INTO t VALUES (1, 'x')${", (2, 'x')".repeat(999)}`,
      );
      const [row] = await server.query<{ most: string }>('', 'SELECT @@max_heap_table_size AS most');
      await server.query('', 'SET GLOBAL max_heap_table_size = 16384');
      try {
        await restoreOver(server.url(database), await readArchive(server.url(database)));
      } finally {
        await server.query('', `SET GLOBAL max_heap_table_size = ${row?.most}`);
      }
      expect(await server.query(database, 'SELECT COUNT(*) AS rows_ FROM t')).toEqual([{ rows_: 1000 }]);
    });

    it.skipIf(isMysql)('leaves no table where MariaDB would lose it', async () => {
      const elsewhere = join(server.folder, 'elsewhere');
      await mkdir(elsewhere, { recursive: true });
      const place = `DATA DIRECTORY = '${elsewhere}'`;
      await server.query(
        database,
        `CREATE TABLE i (a int PRIMARY KEY) ${place}; INSERT INTO i VALUES (1);
        CREATE TABLE p (a int PRIMARY KEY) PARTITION BY HASH (a) (PARTITION p0 ${place}); INSERT INTO p VALUES (1);
        CREATE TABLE m (a int PRIMARY KEY) ENGINE = MyISAM ${place} INDEX DIRECTORY = '${elsewhere}'; INSERT INTO m VALUES (1)`,
      );
      const archive = await readArchive(server.url(database));
      expect(await restoreOver(server.url(database), archive)).toEqual([
        expect.stringContaining(`(DATA DIRECTORY): ${elsewhere}`),
      ]);
      expect(await sideDatabasesOf(server)).toEqual([]);
      expect(await server.query(database, 'SELECT i.a FROM i JOIN p USING (a) JOIN m USING (a)')).toEqual([
        { a: 1 },
      ]);
      for (const name of ['i', 'p', 'm']) {
        const [row] = await server.query<object>(database, `SHOW CREATE TABLE ${name}`);
        expect(JSON.stringify(row)).not.toContain('DIRECTORY');
      }
      await server.dropDatabase(database);
    });
  });
}
