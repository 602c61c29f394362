import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required } from '../support/tools.ts';
import { mysqlDump, mysqlScript } from './mysql-tools.ts';
import { findMysql, type MysqlVersion, MYSQL_VERSIONS, startMysql } from './mysql.ts';

const LEADING: Readonly<Record<MysqlVersion, RegExp>> = {
  mariadb: /^1\d\.\d+\.\d+-MariaDB/,
  'mariadb-newest': /^1[1-9]\.\d+\.\d+-MariaDB/,
  mysql: /^9\.\d+\.\d+/,
};

describe('startMysql', { timeout: 300_000 }, () => {
  it.for(MYSQL_VERSIONS)('starts %s', async (version, context) => {
    required(context, await findMysql(version));
    const server = await startMysql({ version, args: ['--max-connections=77'] });
    try {
      const [row] = await server.query(
        '',
        `SELECT version() AS version, @@max_connections AS connections, current_user() AS user, 18446744073709551615 AS largest,
                CAST('2000-01-02 03:04:05' AS DATETIME) AS time`,
      );
      expect(row).toEqual({
        version: expect.stringMatching(LEADING[version]),
        connections: 77,
        user: 'root@127.0.0.1',
        largest: '18446744073709551615',
        time: '2000-01-02 03:04:05',
      });

      await server.createDatabase('a `b`.c', 'CHARACTER SET latin1');
      const shown = await server.query('a `b`.c', 'SELECT @@character_set_database AS charset; DO 1');
      expect(shown).toEqual([{ charset: 'latin1' }]);
      await server.dropDatabase('a `b`.c');
      await expect(server.query('a `b`.c', 'SELECT 1')).rejects.toThrow('Unknown database');
    } finally {
      await server.stop();
    }
    expect(existsSync(server.folder)).toBe(false);
  });

  it.for(MYSQL_VERSIONS)(
    'asks for the password of root, and keeps the data of %s in a crash',
    async (version, context) => {
      required(context, await findMysql(version));
      const server = await startMysql({ version });
      try {
        await server.createDatabase('kept');
        await server.query('kept', 'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)');
        await server.crash();
        const connection = await createConnection(server.url('kept'));
        const [rows] = await connection.query('SELECT id FROM t ORDER BY id');
        connection.destroy();
        expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
        await expect(createConnection(server.url('kept', 'root', 'wrong'))).rejects.toThrow('Access denied');
      } finally {
        await server.stop();
      }
    },
  );

  it.for(MYSQL_VERSIONS)(
    'runs scripts on %s, and dumps the same database twice to the same text',
    async (version, context) => {
      required(context, await findMysql(version));
      const server = await startMysql({ version });
      try {
        const script = join(await temporaryFolder(), 'script.sql');
        await writeFile(
          script,
          `CREATE TABLE greeting (word text); INSERT INTO greeting VALUES ('grüß dich 🌊');
DELIMITER ;;
CREATE PROCEDURE greet() BEGIN SELECT 1; SELECT 2; END;;
DELIMITER ;
`,
        );
        await server.createDatabase('scripted');
        await mysqlScript(server, 'scripted', script);
        const dump = await mysqlDump(server, 'scripted');
        expect(dump.toString()).toContain('grüß dich 🌊');
        expect(dump.toString()).toContain('SELECT 2');
        expect(await mysqlDump(server, 'scripted')).toEqual(dump);
        await writeFile(script, 'SELECT 1; nonsense; CREATE TABLE later (id int);');
        await expect(mysqlScript(server, 'scripted', script)).rejects.toThrow('nonsense');
        expect((await mysqlDump(server, 'scripted')).toString()).not.toContain('later');
      } finally {
        await server.stop();
      }
    },
  );

  it('does not outlive a process that is killed', async (context) => {
    required(context, await findMysql('mariadb'));
    const script = `
      const { startMysql } = await import(${JSON.stringify(join(import.meta.dirname, 'mysql.ts'))});
      const server = await startMysql();
      process.stdout.write(JSON.stringify({ folder: server.folder, url: server.url() }),
        () => process.kill(process.pid, 'SIGKILL'));`;
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, ['--input-type=module', '--eval', script], (_error, stdout) =>
        resolve(stdout),
      );
    });
    const { folder, url } = JSON.parse(output);
    expect(folder).toContain('holdfast-mysql-');
    await expect.poll(() => existsSync(folder), { timeout: 20_000 }).toBe(false);
    await expect(createConnection(url)).rejects.toThrow('ECONNREFUSED');
  });
});
