import { Readable } from 'node:stream';
import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseTarget, Statement } from '../../../../src/database/engine.ts';
import { writeProgram } from '../../../../src/database/mysql/script.ts';
import { recover } from '../../../../src/database/mysql/target/recovery/recover.ts';
import { settle } from '../../../../src/database/mysql/target/recovery/settle.ts';
import { openTarget } from '../../../../src/database/mysql/target/target.ts';
import { findMysql, type MysqlServer, startMysql } from '../../../servers/mysql.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { oldDatabase, sampleFacts, samplePrograms, sampleRows, sampleTables } from './sample-load.ts';

const database = 'app';
const signal = new AbortController().signal;
const table = { schema: 'source', name: 'a', columns: ['id', 'b\n;\nc'] };

const rowsOf = (text: string): Readable => Readable.from([Buffer.from(text)]);
const statement = (kind: string, name: string, sql: string): Statement => ({
  kind,
  schema: 'source',
  name,
  sql,
});
const program = (kind: string, name: string, body: string): Statement =>
  statement(kind, name, writeProgram({ settings: ["SET sql_mode = ''"], body }));

for (const version of ['mariadb', 'mysql'] as const) {
  const found = await findMysql(version);
  if (found.reason !== undefined) process.stderr.write(`target.test.ts, ${version}: ${found.reason}\n`);

  describe.skipIf(found.reason !== undefined)(`a target on ${version}`, () => {
    let server: MysqlServer;
    const reporter = recordingReporter();
    const options = { env: {}, reporter, signal };

    beforeAll(async () => {
      server = await startMysql({ version });
    }, 120_000);

    afterAll(() => server?.stop());

    async function open(
      change: Partial<Parameters<typeof openTarget>[0]> = {},
      work: (target: DatabaseTarget) => Promise<void>,
      patience: { lock?: number } = {},
    ): Promise<void> {
      const defaults = { noOwner: false, noPrivileges: false, definer: null, jobs: 2, replace: false };
      const target = await openTarget(
        { url: server.url(database), ...options, ...defaults, ...change },
        { lock: 30, rival: 0, ...patience },
      );
      try {
        await work(target);
      } finally {
        await target.close();
      }
    }

    async function make(old: readonly string[] = []): Promise<void> {
      await server.query('mysql', `DROP DATABASE IF EXISTS ${database}`);
      await server.createDatabase(database);
      for (const sql of old) await server.query(database, sql);
    }

    async function begin(target: DatabaseTarget): Promise<void> {
      await target.begin(sampleFacts(server.flavor));
      for (const one of sampleTables) await target.execute(one);
    }

    async function names(): Promise<unknown[]> {
      const rows = await server.query(database, 'SHOW TABLES');
      return rows.map((row) => Object.values(row)[0]);
    }

    async function connection(): Promise<Connection> {
      const { hostname, port, username, password } = new URL(server.url(database));
      return createConnection({ host: hostname, port: Number(port), user: username, password, database });
    }

    async function sides(): Promise<unknown[]> {
      return server.query('mysql', "SHOW DATABASES LIKE 'holdfast%'");
    }

    it('finds what is there, and how much', async () => {
      await make();
      await open({}, async (target) => {
        expect(await target.isEmpty()).toBe(true);
        await server.query(database, 'CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1');
        expect(await target.isEmpty()).toBe(false);
        await server.query(database, 'CREATE TABLE t (id int)');
        expect(await target.measure()).toMatchObject({ tables: 1, bytes: 16384 });
      });
    });

    it('refuses a database that is no longer empty, at the beginning and at the end', async () => {
      await make(['CREATE TABLE t (id int)']);
      await open({}, async (target) => {
        await expect(target.begin(sampleFacts(server.flavor))).rejects.toMatchObject({
          message: 'The database app is no longer empty: it holds table t.',
        });
      });
      await make();
      await open({}, async (target) => {
        await begin(target);
        await server.query(database, 'CREATE TABLE t (id int)');
        await expect(target.commit()).rejects.toMatchObject({ message: /no longer empty: it holds table t/ });
      });
      expect(await names()).toEqual(['t']);
      expect(await sides()).toEqual([]);
    });

    it('lets one restore in at a time, and leaves the one that is on alone', async () => {
      await make();
      await open({}, async (first) => {
        await begin(first);
        expect(await recover({ url: server.url(database), ...options, dryRun: false }, 0)).toEqual([]);
        await open({}, async (second) => {
          const problems = await second.preflight(sampleFacts(server.flavor));
          expect(problems.map(({ message }) => message).join()).toMatch(
            /another restore into the database app/,
          );
          await expect(second.begin(sampleFacts(server.flavor))).rejects.toMatchObject({
            message: /There is another restore into the database app/,
          });
        });
        expect(await first.load(table, rowsOf(sampleRows))).toBe(3);
        await first.commit();
        await first.clean();
      });
      expect(await names()).toEqual(['a', 'x']);
      expect(await sides()).toEqual([]);
    });

    it('leaves the old as it was when it is rolled back', async () => {
      await make(oldDatabase);
      await open({ replace: true }, async (target) => {
        await begin(target);
        await target.load(table, rowsOf(sampleRows));
        for (const one of samplePrograms) await target.execute(one);
        await target.rollback();
        await target.rollback();
      });
      expect(await names()).toEqual(['a', 'b', 'v', 'w']);
      expect(await server.query(database, 'SHOW TRIGGERS')).toHaveLength(2);
      expect(await sides()).toEqual([]);
    });

    it('makes programs in its own database alone', async () => {
      await make(['CREATE TABLE a (id int PRIMARY KEY, n int)', 'CREATE TABLE kept (id int)']);
      const trigger = (of: string): Statement =>
        program(
          'TRIGGER',
          't',
          `CREATE TRIGGER ${of}.t BEFORE INSERT ON ${of}.a FOR EACH ROW SET new.id = 7`,
        );
      await server.query('mysql', 'DROP DATABASE IF EXISTS source');
      await server.createDatabase('source');
      await server.query('source', 'CREATE TABLE a (id int PRIMARY KEY)');
      await open({ replace: true }, async (target) => {
        await begin(target);
        await expect(target.execute(trigger(`\`${database}\``))).rejects.toMatchObject({
          code: 'failed',
          message:
            "The archive's trigger t is to be made in the database app, and a restore makes nothing outside of its own.",
        });
        for (const sql of [
          `DROP TABLE ${database}.kept`,
          `DROP TABLE IF EXISTS kept, ${database}.kept`,
          'SET GLOBAL max_connections = 10',
          "SET PASSWORD = 'x'",
          `RENAME TABLE ${database}.kept TO lost`,
        ])
          await expect(target.execute(program('VIEW', 'v', sql))).rejects.toMatchObject({ code: 'failed' });
        // As older backups have them.
        await target.execute(trigger('source'));
        await target.commit();
        await target.clean();
      });
      const triggers = await server.query(
        'mysql',
        "SELECT TRIGGER_SCHEMA AS d, EVENT_OBJECT_TABLE AS t FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA <> 'sys'",
      );
      expect(triggers).toEqual([{ d: database, t: 'a' }]);
      await server.dropDatabase('source');
    });

    it('takes rows as they are or not at all', async () => {
      await make();
      await open({}, async (target) => {
        await begin(target);
        await target.execute(
          statement(
            'TABLE',
            'e',
            "CREATE TABLE `e` (id int PRIMARY KEY, `e` enum('x','y'), n tinyint, t varchar(2));",
          ),
        );
        const load = (rows: string): Promise<number> =>
          target.load(
            { schema: 'source', name: 'e', columns: ['id', 'e', 'n', 't'] },
            rowsOf(`INSERT INTO \`e\` VALUES\n ${rows}\n;\n`),
          );
        // What an ENUM holds after a value that it does not have.
        expect(await load("(1,0,0,'0')\n,(2,'x',0,'\\'0')")).toBe(2);
        await expect(load("(3,'z',0,'a')")).rejects.toMatchObject({
          message: /rows of table e as they are:\n {2}Data truncated for column 'e' at row 1/,
        });
        await expect(load("(4,0,300,'a')")).rejects.toMatchObject({
          message: /Out of range value for column 'n'/,
        });
        await expect(load("(5,'x',1,'abc')")).rejects.toMatchObject({
          message: /Data truncated for column 't'/,
        });
        await expect(
          target.load(table, rowsOf('INSERT INTO `a` VALUES\n (1,300000000000)\n;\n')),
        ).rejects.toMatchObject({
          message: /The server refused rows of table a: Out of range value/,
        });
      });
    });

    it('lets generated columns and indexes on expressions round and cut off, and nothing else', async () => {
      await make();
      await open({}, async (target) => {
        await begin(target);
        const isMysql = version === 'mysql';
        const index = isMysql ? ', KEY ((CAST(t AS unsigned)))' : '';
        await target.execute(
          statement(
            'TABLE',
            'g',
            `CREATE TABLE \`g\` (n decimal(9,2), t varchar(4), r decimal(9,2) AS (n * 1.19) STORED, c char(1) AS (t) STORED, i int AS (t + 0) STORED${index});`,
          ),
        );
        const load = (rows: string): Promise<number> =>
          target.load(
            { schema: 'source', name: 'g', columns: ['n', 't'] },
            rowsOf(`INSERT INTO \`g\` (n, t) VALUES\n ${rows}\n;\n`),
          );
        expect(await load(`(1,'ab')${"\n,(0.01,'3c')".repeat(100)}`)).toBe(101);
        await expect(load("(1,'a')\n,(2,'abcde')")).rejects.toMatchObject({
          message: /as they are:\n {2}Data truncated for column 't' at row 2/,
        });
        await expect(load("(99999999,'a')")).rejects.toMatchObject({ message: /for column 'n'/ });
      });
    });

    it('names the object that the server refuses, of indexes too', async () => {
      await make();
      await open({}, async (target) => {
        await begin(target);
        await target.execute(statement('INDEX', 'a', 'ALTER TABLE a ADD KEY (missing);'));
        await expect(target.execute(program('VIEW', 'v', 'CREATE VIEW v AS SELECT 1'))).rejects.toMatchObject(
          {
            message: /refused to restore index a: Key column 'missing'/,
          },
        );
        await expect(
          target.execute(program('VIEW', 'v', 'CREATE VIEW v AS SELECT * FROM nowhere')),
        ).rejects.toMatchObject({ message: /refused to restore view v: Table .*nowhere.* doesn't exist/ });
        await target.execute(program('BROKEN VIEW', 'w', 'CREATE VIEW w AS SELECT * FROM nowhere'));
        expect(reporter.warnings.at(-1)).toMatch(
          /restore broken view w: .*did not work at its source either/,
        );
        await target.commit();
        await target.clean();
      });
      expect(await names()).toEqual(['a', 'x']);
    });

    it('lets programs run as whoever is wanted', async () => {
      const definers = async (): Promise<unknown[]> => {
        const rows = await server.query<{ DEFINER: string }>(
          database,
          `SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${database}'
          UNION SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '${database}'
          UNION SELECT DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '${database}'
          UNION SELECT DEFINER FROM information_schema.VIEWS WHERE TABLE_SCHEMA = '${database}'`,
        );
        return rows.map(({ DEFINER }) => DEFINER);
      };
      const load = (change: Partial<Parameters<typeof openTarget>[0]>): Promise<void> =>
        open({ replace: true, ...change }, async (target) => {
          await begin(target);
          for (const one of samplePrograms) await target.execute(one);
          await target.commit();
          await target.clean();
        });
      await make();
      await load({});
      expect(await definers()).toEqual(['root@localhost']);
      await load({ definer: 'someone@%' });
      expect(await definers()).toEqual(['someone@%']);
      await load({ noOwner: true });
      expect(await definers()).toEqual(['root@127.0.0.1']);
    });

    it('grants again what was granted on a routine', async () => {
      await make(oldDatabase);
      await server.query(
        database,
        "DROP USER IF EXISTS 'o`neil'@'10.%'; CREATE USER 'o`neil'@'10.%'; GRANT EXECUTE ON FUNCTION f TO 'o`neil'@'10.%'; GRANT EXECUTE ON PROCEDURE p TO 'o`neil'@'10.%'",
      );
      await open({ replace: true }, async (target) => {
        await begin(target);
        for (const one of samplePrograms) await target.execute(one);
        await target.commit();
        await target.clean();
      });
      const grants = await server.query<{ name: string }>(
        'mysql',
        "SELECT Routine_name AS name FROM mysql.procs_priv WHERE User = 'o`neil'",
      );
      expect(grants.map(({ name }) => name)).toEqual(['f']);
    });

    it('refuses to replace tables that other databases refer to', async () => {
      await make(oldDatabase);
      await server.query('mysql', 'DROP DATABASE IF EXISTS other');
      await server.createDatabase('other');
      await server.query(
        'other',
        `CREATE TABLE c (a int, CONSTRAINT c_a FOREIGN KEY (a) REFERENCES ${database}.a (id))`,
      );
      try {
        await open({ replace: true }, async (target) => {
          const problems = await target.preflight(sampleFacts(server.flavor));
          expect(problems.map(({ message }) => message).join()).toMatch(/other\.c \(c_a, onto a\)/);
          await begin(target);
          await expect(target.commit()).rejects.toMatchObject({ message: /other\.c \(c_a, onto a\)/ });
        });
      } finally {
        await server.query('mysql', 'DROP DATABASE other');
      }
      expect(await names()).toEqual(['a', 'b', 'v', 'w']);
      expect(await sides()).toEqual([]);
    });

    it('settles a load from its record alone', async () => {
      await make(oldDatabase);
      let record = {};
      const settled = async (): Promise<string> =>
        settle(record, { ...options, env: { MYSQL_PWD: new URL(server.url()).password }, url: null });
      await open({ replace: true }, async (target) => {
        await begin(target);
        record = target.record();
        expect(JSON.stringify(record)).not.toContain(new URL(server.url()).password);
        await target.commit();
        // Not cleaned: as after a crash.
      });
      expect(await settled()).toBe('committed');
      expect(await sides()).toHaveLength(2);
      expect(await recover({ url: server.url(database), ...options, dryRun: true })).toMatchObject([
        { outcome: 'committed' },
      ]);
      expect(await recover({ url: server.url(database), ...options, dryRun: false })).toHaveLength(1);
      expect(await sides()).toEqual([]);
      expect(await settled()).toBe('rolled back');
      const env = { MYSQL_PWD: new URL(server.url()).password };
      await expect(
        settle({ ...record, server: 'another' }, { ...options, env, url: server.url(database) }),
      ).rejects.toMatchObject({ message: /was committed: app at .* is on another server/ });
      await expect(settle({ ...record, token: 'x' }, { ...options, url: null })).rejects.toMatchObject({
        code: 'refused',
      });
    });

    it('removes an empty side database that says nothing, and no other', async () => {
      await make();
      for (const name of ['holdfast_0123456789ab_new', 'holdfast_0123456789ac_new', 'holdfast_mine_new']) {
        await server.createDatabase(name);
      }
      await server.query('holdfast_0123456789ac_new', 'CREATE TABLE t (id int)');
      await server.createDatabase('holdfast_0123456789ad_new');
      await server.query(
        'holdfast_0123456789ad_new',
        'CREATE TABLE holdfast_load (kind int, item int, piece int, value int)',
      );
      try {
        await recover({ url: server.url(database), ...options, dryRun: false });
        expect((await sides()).map((row) => Object.values(row as object)[0])).toEqual([
          'holdfast_0123456789ac_new',
          'holdfast_mine_new',
        ]);
      } finally {
        await server.dropDatabase('holdfast_0123456789ac_new');
        await server.dropDatabase('holdfast_mine_new');
      }
    });

    it('never lets an event run before its time', async () => {
      await make(['CREATE TABLE log (id int)']);
      await server.query('mysql', 'SET GLOBAL event_scheduler = ON');
      const event = program(
        'EVENT',
        'e',
        `CREATE EVENT \`e\` ON SCHEDULE EVERY 1 SECOND STARTS '2001-01-01 00:00:00' ON COMPLETION NOT PRESERVE ENABLE DO INSERT INTO ${database}.log VALUES (1)`,
      );
      await open({ replace: true }, async (target) => {
        await begin(target);
        await target.execute(event);
        const made = await server.query('mysql', 'SELECT 1 FROM information_schema.EVENTS');
        expect(made).toEqual([]);
        await expect(
          target.execute(program('EVENT', 'f', 'CREATE EVENT f ON SCHEDULE EVERY 1 SECOND DO SELECT 1')),
        ).rejects.toMatchObject({ message: /event f is not written as servers write it/ });
      });
      expect(await server.query(database, 'SELECT * FROM log')).toEqual([]);
    });

    it('leaves views that cannot be made again where they are', async () => {
      await make([
        'CREATE TABLE t (id int, n int)',
        'CREATE VIEW fine AS SELECT id FROM t',
        'CREATE VIEW v AS SELECT n FROM t',
      ]);
      await server.query(database, 'ALTER TABLE t DROP n');
      await open({ replace: true }, async (target) => {
        const problems = await target.preflight(sampleFacts(server.flavor));
        expect(problems.map(({ message }) => message)).toEqual([
          'views of the database do not work, and no server could make them again after a failure: v',
        ]);
        await begin(target);
        await expect(target.commit()).rejects.toMatchObject({ message: /could not be put back .*: v/ });
      });
      expect(await names()).toEqual(['fine', 't', 'v']);
      expect(await sides()).toEqual([]);
    });

    it('gives up on a lock, and says who has it', async () => {
      await make(oldDatabase);
      const blocker = await connection();
      try {
        await blocker.query('BEGIN');
        await blocker.query('SELECT * FROM a');
        const patience = { lock: 1 };
        await open(
          { replace: true },
          async (target) => {
            await begin(target);
            await expect(target.commit()).rejects.toMatchObject({
              message: expect.stringContaining(
                `hold locks on what the database holds: connection ${blocker.threadId} of root from 127.0.0.1`,
              ),
            });
          },
          patience,
        );
      } finally {
        blocker.destroy();
      }
      expect(await names()).toEqual(['a', 'b', 'v', 'w']);
      expect(await server.query(database, 'SHOW TRIGGERS')).toHaveLength(2);
      expect(await sides()).toEqual([]);
    });

    it('says what it cannot grant again', async () => {
      await make(oldDatabase);
      await server.query(
        database,
        `DROP USER IF EXISTS few@'%', reader@'%'; CREATE USER few@'%' IDENTIFIED BY 'few'; CREATE USER reader@'%';
        GRANT ALL ON *.* TO few@'%'; GRANT EXECUTE ON FUNCTION f TO reader@'%'`,
      );
      await open({ replace: true, url: server.url(database, 'few', 'few') }, async (target) => {
        await begin(target);
        for (const one of samplePrograms) await target.execute(one);
        await target.commit();
        await target.clean();
      });
      expect(reporter.warnings.at(-1)).toMatch(
        /cannot grant them again .* GRANT Execute ON FUNCTION `app`\.`f` TO `reader`@`%`;$/,
      );
    });

    it('makes programs of the other flavor without modes that mean nothing here', async () => {
      await make();
      const [foreign, set] =
        server.flavor === 'mysql'
          ? ['NO_AUTO_CREATE_USER,STRICT_TRANS_TABLES,NO_TABLE_OPTIONS', 'STRICT_TRANS_TABLES']
          : ['TIME_TRUNCATE_FRACTIONAL,ANSI_QUOTES', 'ANSI_QUOTES'];
      const settings = [
        `SET character_set_client = utf8mb4, collation_connection = utf8mb4_general_ci, sql_mode = '${foreign}', time_zone = 'SYSTEM'`,
      ];
      const sql = writeProgram({ settings, body: 'CREATE PROCEDURE `p`() SELECT 1' });
      await open({}, async (target) => {
        await begin(target);
        await target.execute(statement('PROCEDURE', 'p', sql));
        await target.commit();
        await target.clean();
      });
      const [row] = await server.query<{ sql_mode: string }>(database, 'SHOW CREATE PROCEDURE p');
      expect(row?.sql_mode).toBe(set);
    });

    it('waits for nobody in a packet: a lock on a table stops it before', { timeout: 60_000 }, async () => {
      await make(oldDatabase);
      const blocker = await connection();
      try {
        await open({ replace: true }, async (target) => {
          await begin(target);
          await blocker.query('BEGIN');
          await blocker.query('SELECT * FROM a');
          const committing = target.commit();
          let triggers: unknown[] = [];
          for (;;) {
            const rows = await server.query(
              'mysql',
              "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'LOCK TABLES%'",
            );
            if (rows.length > 0) break;
          }
          triggers = await server.query(database, 'SHOW TRIGGERS');
          await blocker.query('ROLLBACK');
          await committing;
          expect(triggers).toHaveLength(2);
          await target.clean();
        });
      } finally {
        blocker.destroy();
      }
      expect(await names()).toEqual(['a', 'x']);
    });
  });
}
