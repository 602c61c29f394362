import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import Zip from 'node-stream-zip';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findMysql, type MysqlServer, ROOT_PASSWORD, startMysql } from '../servers/mysql.ts';
import { type HoldfastResult, runHoldfast, startHoldfast } from '../support/run-holdfast.ts';
import { folderOfFile } from '../support/temporary-folder.ts';

const KEY = '0123456789abcdef'.repeat(4);
const root = await folderOfFile();
const patient = { timeout: 30_000, interval: 20 };

const APP = `
CREATE TABLE people (id int AUTO_INCREMENT PRIMARY KEY, name varchar(60) NOT NULL, pay decimal(9,2), gross decimal(9,2) AS (pay * 1.19) STORED, KEY (name));
INSERT INTO people (name, pay) VALUES ('Zoë', 1.05), ('😀', 0.01), ('O''Neil\\\\', -3);
CREATE TABLE Orders (id int PRIMARY KEY, person int NOT NULL, FOREIGN KEY (person) REFERENCES people (id));
INSERT INTO Orders VALUES (1, 1), (2, 3);
CREATE DEFINER=worker@'%' FUNCTION twice(x int) RETURNS int DETERMINISTIC RETURN x * 2;
CREATE DEFINER=worker@'%' PROCEDURE tell() SELECT COUNT(*) FROM people;
CREATE DEFINER=worker@'%' VIEW named AS SELECT name FROM people;
CREATE DEFINER=worker@'%' TRIGGER people_in BEFORE INSERT ON people FOR EACH ROW SET NEW.name = TRIM(NEW.name);
CREATE DEFINER=worker@'%' EVENT tidy ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DO DELETE FROM Orders`;

/** The statements that docs/mysql.md gives for an account, with another password: of both flavors, and of one. */
async function documentedGrants(account: string, flavor: 'mysql' | 'mariadb'): Promise<string> {
  const page = await readFile(new URL('../../docs/mysql.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, sql = '']) => sql);
  const sections = blocks
    .filter((sql) => sql.includes(`TO ${account}@'%'`))
    .flatMap((sql) => sql.split(/^(?=-- )/m));
  const other = flavor === 'mysql' ? /^-- MariaDB/ : /^-- MySQL/;
  const statements = sections.filter((section) => !other.test(section)).join('');
  expect(statements.match(/GRANT /g)?.length).toBeGreaterThan(1);
  return statements.replaceAll('…', 'a secret');
}

for (const version of ['mariadb', 'mysql'] as const) {
  const found = await findMysql(version);
  if (found.reason !== undefined) process.stderr.write(`mysql.test.ts, ${version}: ${found.reason}\n`);

  describe.skipIf(found.reason !== undefined)(`holdfast and ${version}`, () => {
    let server: MysqlServer;
    const cwd = join(root, version);

    beforeAll(async () => {
      await mkdir(cwd);
      server = await startMysql({
        version,
        args: ['--event-scheduler=OFF', '--general-log=1', '--general-log-file=general.log'],
      });
      await server.query('', "CREATE USER worker@'%' IDENTIFIED BY 'w'");
      await server.createDatabase('app');
      await server.query('app', APP);
      await run(['backup', 'app.zip']);
    });
    afterAll(() => server?.stop());

    /** Runs the executable; the database is `app`, as root, unless told otherwise. */
    function run(
      args: readonly string[],
      database = server.url('app'),
      input?: Buffer,
    ): Promise<HoldfastResult> {
      return runHoldfast(args, {
        cwd,
        env: { HOLDFAST_DATABASE: database, HOLDFAST_YES: '1', HOME: cwd },
        ...(input === undefined ? {} : { input }),
      });
    }

    async function empty(name: string): Promise<string> {
      await server.dropDatabase(name);
      await server.createDatabase(name);
      return server.url(name);
    }

    /** What of holdfast's is left on the server: databases, and connections that do something or wait. */
    async function leftovers(): Promise<string[]> {
      const rows = await server.query<{ what: string }>(
        '',
        `SELECT SCHEMA_NAME AS what FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'holdfast%' UNION ALL
        SELECT CONCAT(ID, ' ', COMMAND, ' ', COALESCE(STATE, '')) FROM information_schema.PROCESSLIST
        WHERE DB IN ('app', 'target') AND ID <> CONNECTION_ID()`,
      );
      return rows.map(({ what }) => what);
    }

    /** A connection that locks a table until the test ends, or it is told to go. */
    async function holder(url: string, ...statements: readonly string[]): Promise<{ go(): void }> {
      const connection = await createConnection(url);
      connection.on('error', () => undefined);
      const go = (): void => connection.destroy();
      onTestFinished(go);
      for (const sql of statements) await connection.query(sql);
      return { go };
    }

    it('does with the rights that docs/mysql.md lists, and no others', async () => {
      await server.query('', await documentedGrants('backup', server.flavor));
      await server.query('', `CREATE USER restore@'%' IDENTIFIED BY 'a secret'`);
      await server.query('', await documentedGrants('restore', server.flavor));
      const backup = await run(['backup', 'granted.zip'], server.url('app', 'backup', 'a secret'));
      expect(backup).toMatchObject({ code: 0 });
      expect(backup.stderr).not.toContain('Warning');
      const manifest = (await run(['inspect', 'granted.zip', '--json'])).stdout.toString();
      expect(manifest).toMatch(/read by [2-9] connections/);
      const restore = ['restore', 'granted.zip', '--overwrite'];
      expect(await run(restore, server.url('app', 'restore', 'a secret'))).toMatchObject({ code: 0 });
      expect(await run(['verify', 'granted.zip', '--against', server.url('app')])).toMatchObject({ code: 0 });
      expect(await leftovers()).toEqual([]);
    });

    it('names what is wrong with a URL, by its exit code too, and never the password', async () => {
      const at = `127.0.0.1:${server.port}`;
      const cases: readonly [url: string, code: number, message: RegExp][] = [
        [`mysql://root:hunter2@${at}/app`, 1, /Access denied.*\n.*MYSQL_PWD/],
        [server.url('nope'), 1, /Unknown database 'nope'\n.*CREATE DATABASE `nope`/],
        [`mysql://root:hunter2@127.0.0.1:1/app`, 1, /refused/],
        [`mysql://root:hunter2@${at}/app?charset=latin1`, 2, /not supported: charset/],
        [`mysql://root:hunter2@${at}/app?ssl-mode=odd`, 2, /ssl-mode cannot be/],
        [`mysql://root:hunter2@${at}`, 2, /names no database/],
        [`mysql://root:hun/ter2@${at}/app`, 2, /Not a valid MySQL URL/],
        [server.url('information_schema'), 1, /the server's own/],
        [`myslq://root:hunter2@${at}/app`, 2, /Unknown kind of database: myslq/],
      ];
      await Promise.all(
        cases.map(async ([url, code, message]) => {
          const result = await run(['backup', 'wrong.zip'], url);
          expect(result).toMatchObject({ code });
          expect(result.stderr).toMatch(message);
          expect(result.stderr).not.toMatch(/hunter2|ter2|s3cret|\n\s+at /);
        }),
      );
      expect(await readdir(cwd)).not.toContain('wrong.zip');
    });

    it('backs up and restores through pipes, encrypted, with files', async () => {
      await mkdir(join(cwd, 'up'), { recursive: true });
      await writeFile(join(cwd, 'up', 'f'), 'file');
      const crypt = await run(['backup', '-', '--key', KEY, '--storage', 'up']);
      expect(crypt).toMatchObject({ code: 0 });
      const target = await empty('target');
      const restore = ['restore', '-', '--key', KEY, '--storage', 'restored'];
      expect(await run(restore, target, crypt.stdout)).toMatchObject({ code: 0 });
      expect(await readFile(join(cwd, 'restored', 'f'), 'utf8')).toBe('file');
      const same = await run(['verify', 'app.zip', '--against', target]);
      expect(same).toMatchObject({ code: 0 });
      await server.query('target', "UPDATE people SET name = 'other' WHERE id = 2; DROP TRIGGER people_in");
      const verify = await run(['verify', 'app.zip', '--against', target]);
      expect(verify).toMatchObject({ code: 4 });
      expect(verify.stderr).toMatch(/trigger app\.people_in is in the archive and not in the database/);
      expect(verify.stderr).toMatch(/rows of table app\.people: 3 rows on both sides, but not the same/);
    });

    it('refuses a target that is not empty, and one of another kind', async () => {
      expect(await run(['restore', 'app.zip'])).toMatchObject({ code: 6 });
      const other = await run(['restore', 'app.zip'], `sqlite:${join(cwd, 'x.db')}`);
      expect(other).toMatchObject({ code: 6 });
      expect(other.stderr).toContain('the target is SQLite');
    });

    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('leaves nothing when %s ends a backup that waits for a lock', async (signal, code) => {
      await holder(server.url('app'), 'LOCK TABLES people WRITE');
      const { child, result } = startHoldfast(['backup', 'waiting.zip'], {
        cwd,
        env: { HOLDFAST_DATABASE: server.url('app') },
      });
      const waits = `SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table%'`;
      await expect.poll(async () => (await server.query('', waits)).length, patient).toBeGreaterThan(0);
      child.kill(signal);
      expect(await result).toMatchObject({ code, signal: null });
      // The other one of the connections is the holder's.
      await expect.poll(async () => (await leftovers()).length, patient).toBe(1);
      expect((await readdir(cwd)).filter((name) => name.includes('waiting'))).toEqual([]);
    });

    it('leaves the old when it is interrupted while it waits to put the new in place', async () => {
      const target = await empty('target');
      await server.query('target', 'CREATE TABLE old (id int)');
      const { go } = await holder(target, 'BEGIN', 'SELECT * FROM old');
      const { child, result } = startHoldfast(['restore', 'app.zip', '--overwrite', '--yes'], {
        cwd,
        env: { HOLDFAST_DATABASE: target, HOME: cwd },
      });
      let said = '';
      await new Promise<void>((resolve) => {
        child.stderr?.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes('put in place when others are done')) resolve();
        });
        child.once('close', () => resolve());
      });
      expect(said).toMatch(/connection \d+ of root/);
      child.kill('SIGINT');
      expect(await result).toMatchObject({ code: 130, signal: null });
      go();
      await expect.poll(leftovers, patient).toEqual([]);
      expect(await server.query('target', 'SHOW TABLES')).toEqual([{ Tables_in_target: 'old' }]);
    });

    it('tells no password, and the server none', async () => {
      const target = await empty('target');
      const results = [
        await run(['backup', 'secret.zip', '--json', '--verbose']),
        await run(['restore', 'secret.zip', '--json', '--verbose'], target),
        await run(['inspect', 'secret.zip', '--json']),
        await run(['verify', 'secret.zip', '--verbose', '--against', target]),
        await run(['restore', '--recover', '--verbose'], target),
      ];
      for (const { code, stdout, stderr } of results) {
        expect({ code, stderr }).toMatchObject({ code: 0 });
        expect(`${stdout.toString('latin1')}${stderr}`).not.toContain(ROOT_PASSWORD);
      }
      const summary = results[1]?.stderr.trimEnd().split('\n').at(-1) ?? '';
      expect(JSON.parse(summary)).toMatchObject({ event: 'summary', ok: true, tables: 2, rows: 5 });
      const zip = new Zip.async({ file: join(cwd, 'secret.zip') });
      for (const name of Object.keys(await zip.entries())) {
        expect((await zip.entryData(name)).toString('latin1')).not.toContain(ROOT_PASSWORD);
      }
      await zip.close();
      const log = await readFile(join(server.folder, 'data', 'general.log'), 'latin1');
      expect(log).toContain('holdfast_load');
      // The accounts' passwords were set before the log began, or by the test.
      expect(log).not.toContain(ROOT_PASSWORD);
    });
  });
}
