import { createServer, type Server, type Socket, connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../../src/core/errors.ts';
import { resolveConnection } from '../../../../src/database/mysql/connection/config.ts';
import { connect } from '../../../../src/database/mysql/connection/connect.ts';
import { isServerError } from '../../../../src/database/mysql/connection/failure.ts';
import type { RowHandler, Session } from '../../../../src/database/mysql/connection/session.ts';
import { availableMysqlVersions, type MysqlServer, startMysql } from '../../../servers/mysql.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';

/** What an administrator might have set, that must not show in a session. */
const odd = [
  '--sql-mode=ANSI,TRADITIONAL',
  '--default-time-zone=+05:00',
  '--character-set-server=latin1',
  '--init-connect=SET sql_select_limit = 1, autocommit = 0',
  '--wait-timeout=2',
  '--net-write-timeout=1',
  '--net-read-timeout=1',
  '--net-retry-count=1',
  '--lock-wait-timeout=1',
  '--transaction-isolation=READ-UNCOMMITTED',
  '--group-concat-max-len=4',
  '--max-allowed-packet=1G',
];

const versions = await availableMysqlVersions();

for (const version of versions.filter((one) => one !== 'mariadb-newest')) {
  describe(`a session on ${version}`, { timeout: 60_000 }, () => {
    let server: MysqlServer;
    beforeAll(async () => {
      server = await startMysql({ version, args: odd });
      await server.createDatabase('app');
      await server.query(
        'app',
        "CREATE USER plain@'%' IDENTIFIED BY 'plain'; GRANT ALL ON app.* TO plain@'%'; CREATE TABLE t (a INT)",
      );
    }, 120_000);
    afterAll(() => server.stop());

    const open = async (
      url = server.url('app', 'plain', 'plain'),
      signal = new AbortController().signal,
    ): Promise<Session> =>
      connect(
        await resolveConnection({ url, env: { HOME: '/nowhere' }, reporter: recordingReporter() }),
        signal,
      );

    it('is pinned, whatever the server has set', async () => {
      const session = await open();
      const [row] = await session.query(
        `SELECT @@sql_mode AS mode, @@time_zone AS zone, @@autocommit AS autocommit, @@wait_timeout AS wait,
          @@net_write_timeout AS w, @@net_read_timeout AS r, @@lock_wait_timeout AS locks,
          @@character_set_client AS c, @@collation_connection AS collation, @@group_concat_max_len AS g,
          @@sql_select_limit AS l`,
      );
      expect(row).toEqual({
        mode: '',
        zone: '+00:00',
        autocommit: '1',
        wait: '2147483',
        w: '2147483',
        r: '2147483',
        locks: '86400',
        c: 'utf8mb4',
        collation: 'utf8mb4_general_ci',
        g: '67108864',
        l: '18446744073709551615',
      });
      const isolation = await session.query("SHOW VARIABLES LIKE '%\\_isolation'");
      expect(isolation.map((one) => one['Value'])).toContain('REPEATABLE-READ');
      expect(session.server.flavor).toBe(server.flavor);
      expect(session.server.version).toBe(server.release);
      await session.close();
      await session.close();
    });

    it('runs several statements and throws the first error', async () => {
      const session = await open();
      const done = await session.run('INSERT INTO t VALUES (1), (2); INSERT INTO t VALUES (3), (3), (3)');
      expect(done).toEqual({ affectedRows: 3, warnings: 0 });
      expect(await session.query('SELECT 1 AS a; SELECT 2 AS b, NULL AS c; DO 1')).toEqual([
        { b: '2', c: null },
      ]);
      const failed: unknown = await session
        .run('DELETE FROM t; SELECT * FROM nowhere; INSERT INTO t VALUES (9)')
        .catch((error: unknown) => error);
      expect(isServerError(failed) && [failed.code, failed.sqlState]).toEqual([1146, '42S02']);
      expect(await session.query('SELECT COUNT(*) AS n FROM t')).toEqual([{ n: '0' }]);
      await session.close();
    });

    it('carries any bytes both ways', async () => {
      const session = await open();
      expect(await session.query("SELECT CAST(x'ff00fe41' AS BINARY) AS b, '\u{1f600}' AS e")).toEqual([
        { b: '\udcff\0\udcfeA', e: '\u{1f600}' },
      ]);
      expect(await session.query("SELECT HEX(_binary'\udcff\udc80x') AS h")).toEqual([{ h: 'FF8078' }]);
      await session.close();
    });

    it('sends a statement of several packets and reads a value of several packets', async () => {
      const session = await open();
      await session.run('CREATE TEMPORARY TABLE big (a LONGBLOB)');
      const piece = Buffer.alloc(1 << 20, 'v');
      const done = await session.send(
        (async function* () {
          yield Buffer.from("INSERT INTO big VALUES ('");
          for (let index = 0; index < 40; index += 1) yield piece;
          yield Buffer.from("')");
        })(),
      );
      expect(done.affectedRows).toBe(1);
      let [bytes, ends, last, largest] = [0, 0, 0, 0];
      const cursor = await session.read('SELECT a FROM big', {
        ...ignore,
        bytes: (_column, _buffer, start, end, isLast) => {
          bytes += end - start;
          largest = Math.max(largest, end - start);
          last += Number(isLast);
        },
        end: () => (ends += 1),
      });
      while (await cursor.advance());
      expect([bytes, ends, last]).toEqual([40 << 20, 1, 1]);
      // Handed on as it comes from the socket, not joined.
      expect(largest).toBeLessThan(1 << 20);
      // The lengths on both sides of a packet's: an empty packet ends what fills the last one.
      for (const length of [0xff_ffff - 11, 0xff_ffff - 10, 0xff_ffff - 9]) {
        const sql = `DO LENGTH('${'x'.repeat(length - 5)}')`;
        expect((await session.run(sql)).affectedRows).toBe(0);
      }
      await session.close();
    });

    it('gives up a result that it does not read', async () => {
      const session = await open();
      const cursor = await session.read(endless(server), ignore);
      await cursor.advance();
      cursor.close();
      await session.close();
      await expect(session.query('SELECT 1')).rejects.toThrow('The connection to app at 127.0.0.1:');
    });

    it('makes the server wait while nobody reads, for longer than its own patience', async () => {
      const session = await open(server.url('app'));
      let rows = 0;
      const cursor = await session.read(`SELECT REPEAT('x', 100000) AS a FROM ${numbers(3)}`, {
        ...ignore,
        end: () => (rows += 1),
      });
      await cursor.advance();
      // Two other things that the server is asked meanwhile, each longer than the timeouts that were set globally.
      for (let round = 0; round < 2; round += 1) await server.query('', 'DO SLEEP(1.2)');
      while (await cursor.advance());
      expect(rows).toBe(1000);
      await session.close();
    });

    it('ends at the server what it is busy with', async () => {
      const controller = new AbortController();
      const session = await open(undefined, controller.signal);
      const work = session.query('SELECT SLEEP(50)');
      work.catch(() => undefined);
      while (!(await isBusy(server, session.id)));
      controller.abort(new HoldfastError('interrupted', 'stop'));
      await expect(work).rejects.toThrow('stop');
      await session.close();
      while (await isBusy(server, session.id));
    });

    it('fails with the source of a statement', async () => {
      const session = await open();
      const failing = session.send(
        (async function* () {
          yield Buffer.from('SELECT');
          throw new Error('the source failed');
        })(),
      );
      await expect(failing).rejects.toThrow('the source failed');
      await session.close();
    });

    it("tells a handler's own error as it is", async () => {
      const session = await open();
      const cursor = await session.read('SELECT 1 AS a', {
        ...ignore,
        end: () => {
          throw new Error('no more room');
        },
      });
      await expect(cursor.advance()).rejects.toThrow(/^no more room$/);
      await session.close();
    });

    it('says that the connection broke', async () => {
      const session = await open();
      const work = session.query('SELECT SLEEP(50)');
      work.catch(() => undefined);
      while (!(await isBusy(server, session.id)));
      await server.query('', `KILL ${session.id}`);
      await expect(work).rejects.toThrow(/^The connection to app at 127\.0\.0\.1:\d+ broke/);
      await expect(session.run('DO 1')).rejects.toThrow('broke');
      await session.close();
    });

    it('says that a network broke', async () => {
      const sockets: Socket[] = [];
      const proxy: Server = createServer((socket) => {
        const other = connectSocket(server.port, '127.0.0.1');
        sockets.push(socket, other);
        for (const one of [socket, other]) one.on('error', () => undefined);
        socket.pipe(other).pipe(socket);
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      const { port } = proxy.address() as { port: number };
      const session = await open(`mysql://plain:plain@127.0.0.1:${port}/app`);
      const work = session.query('SELECT SLEEP(50)');
      for (const socket of sockets) socket.destroy();
      await expect(work).rejects.toThrow(`The connection to app at 127.0.0.1:${port} broke`);
      await session.close();
      proxy.close();
    });
  });
}

const ignore: RowHandler = { null: () => undefined, bytes: () => undefined, end: () => undefined };

function numbers(digits: number): string {
  const ten =
    '(SELECT 0 n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
  return Array.from({ length: digits }, (_, index) => `${ten} d${index}`).join(' JOIN ');
}

function endless(server: MysqlServer): string {
  return `SELECT REPEAT('x', ${server.flavor === 'mysql' ? 1000 : 1001}) AS a FROM ${numbers(6)}`;
}

async function isBusy(server: MysqlServer, id: string): Promise<boolean> {
  const rows = await server.query<{ Id: number; Command: string }>('', 'SHOW PROCESSLIST');
  return rows.some((row) => String(row.Id) === id && row.Command === 'Query');
}
