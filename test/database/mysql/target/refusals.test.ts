import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OutcomeUnknown, type TargetOptions } from '../../../../src/database/engine.ts';
import { recover } from '../../../../src/database/mysql/target/recovery/recover.ts';
import { settle } from '../../../../src/database/mysql/target/recovery/settle.ts';
import { openTarget } from '../../../../src/database/mysql/target/target.ts';
import { findMysql, type MysqlServer, startMysql } from '../../../servers/mysql.ts';
import { targetOptions } from '../../../support/engine-options.ts';
import { recordingReporter } from '../../../support/recording-reporter.ts';
import { type Archive, readArchive } from '../preflight/archive.ts';
import { restoreOver, sideDatabasesOf } from './restore-over.ts';

const database = 'app';

for (const version of ['mariadb', 'mariadb-newest', 'mysql'] as const) {
  const found = await findMysql(version);
  if (found.reason !== undefined) process.stderr.write(`refusals.test.ts, ${version}: ${found.reason}\n`);

  describe.skipIf(found.reason !== undefined)(`what ${version} refuses in a restore`, () => {
    const isMysql = version === 'mysql';
    let server: MysqlServer;

    beforeAll(async () => {
      server = await startMysql({ version });
    }, 120_000);

    afterAll(() => server?.stop());

    beforeEach(async () => {
      await server.query('', "DROP USER IF EXISTS clerk@'%', worker@'%', few@'%'");
      for (const name of [database, ...(await sides())]) await server.dropDatabase(name);
      await server.createDatabase(database);
    });

    const sides = (): Promise<string[]> => sideDatabasesOf(server);
    const restore = (
      archive: Archive,
      options: Partial<TargetOptions> = {},
      patience?: { lock: number; rival: number },
    ): Promise<string[]> => restoreOver(server.url(database), archive, options, patience);

    const reporter = recordingReporter();
    const recovered = (): ReturnType<typeof recover> =>
      recover(
        {
          url: server.url(database),
          env: {},
          reporter,
          signal: new AbortController().signal,
          dryRun: false,
        },
        0,
      );

    it.skipIf(isMysql)('is no package, nor what is granted on it', async () => {
      await server.query(
        database,
        `CREATE TABLE t (a int);
        SET sql_mode = ORACLE;
        CREATE PACKAGE pk AS PROCEDURE a(); END;
        CREATE PACKAGE BODY pk AS PROCEDURE a() AS BEGIN NULL; END; END;
        CREATE USER clerk@'%';
        GRANT EXECUTE ON PACKAGE pk TO clerk@'%'; GRANT EXECUTE ON PACKAGE BODY pk TO clerk@'%'`,
      );
      const state = async (): Promise<unknown[]> => [
        await server.query(database, 'SHOW CREATE PACKAGE pk'),
        await server.query(database, 'SHOW CREATE PACKAGE BODY pk'),
        await server.query('mysql', `SELECT Routine_type, Proc_priv FROM procs_priv WHERE User = 'clerk'`),
      ];
      const before = await state();
      expect(before[2]).toHaveLength(2);
      const archive = await readArchive(server.url(database));
      expect(await restore(archive)).toEqual([]);
      expect(await state()).toEqual(before);
      // The way back removes the new one as well, and makes the old one again.
      await server.query(
        database,
        `CREATE USER worker@'%';
        GRANT ALL ON \`holdfast\\_%\`.* TO worker@'%'; GRANT ALL ON ${database}.* TO worker@'%';
        CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1;
        CREATE DEFINER = worker@'%' VIEW u AS SELECT f() AS f; CREATE VIEW uu AS SELECT f FROM u`,
      );
      const refused = await readArchive(server.url(database));
      await server.query(database, `DROP VIEW uu, u; REVOKE ALL ON ${database}.* FROM worker@'%'`);
      await expect(restore(refused)).rejects.toMatchObject({
        message: /could not be put in place; the database is as it was/,
      });
      expect(await state()).toEqual(before);
      expect(await sides()).toEqual([]);
    });

    it('is to remove a program of the old: then all is as it was', async () => {
      await server.query(
        database,
        `CREATE TABLE t (a int); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1;
        CREATE VIEW v AS SELECT a FROM t; CREATE PROCEDURE p() SELECT 1;
        CREATE USER few@'%' IDENTIFIED BY 'few'; GRANT ALL ON ${database}.* TO few@'%';
        GRANT ALL ON \`holdfast\\_%\`.* TO few@'%'; GRANT SELECT ON mysql.* TO few@'%';
        GRANT ${isMysql ? 'SHOW_ROUTINE, SET_ANY_DEFINER, SYSTEM_USER' : 'SET USER'} ON *.* TO few@'%'`,
      );
      const archive = await readArchive(server.url(database));
      const state = async (): Promise<unknown> =>
        server.query(
          database,
          `SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '${database}'
          UNION SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = '${database}'
          UNION SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${database}' ORDER BY 1`,
        );
      const before = await state();
      expect(before).toHaveLength(3);
      const target = await openTarget(
        targetOptions(server.url(database, 'few', 'few'), { replace: true, noOwner: true }),
      );
      try {
        await target.begin(archive.facts);
        for (const statement of [...archive.preData, ...archive.postData]) await target.execute(statement);
        // The trigger can be removed, and the view cannot.
        await server.query('', `REVOKE DROP ON ${database}.* FROM few@'%'`);
        const failure = await target.commit().catch((error: unknown) => error);
        expect(failure).toMatchObject({
          message: expect.stringMatching(
            /could not be put in place; the database is as it was: DROP command denied/,
          ),
        });
        expect(failure).not.toBeInstanceOf(OutcomeUnknown);
      } finally {
        await target.close();
      }
      expect(await state()).toEqual(before);
      expect(await sides()).toEqual([]);
    });

    it('is said with what to do when a restore cannot be undone, and can be undone when that is mended', async () => {
      await server.query(database, 'CREATE TABLE t (a int)');
      const archive = await readArchive(server.url(database));
      let record = {};
      const target = await openTarget(targetOptions(server.url(database), { replace: true }));
      try {
        await target.begin(archive.facts);
        for (const statement of archive.preData) await target.execute(statement);
        record = target.record();
        await target.commit();
      } finally {
        await target.close();
      }
      // As after a crash, with an old program that the server does not make any more.
      const fresh = (await sides()).find((name) => name.endsWith('_new')) ?? '';
      await server.query(
        fresh,
        `RENAME TABLE holdfast_finished TO holdfast_pending;
        INSERT INTO holdfast_load VALUES ('old', 999, 0, '"CREATE VIEW v AS SELECT 1 FROM nowhere"')`,
      );
      const refused = {
        code: 'failed',
        message: expect.stringMatching(
          /into database app .* finished or undone: Table .*nowhere.* doesn't exist/,
        ),
        hint: expect.stringContaining(`Leave the databases ${fresh} and`),
      };
      await expect(recovered()).rejects.toMatchObject(refused);
      const { env, signal } = targetOptions('', { env: { MYSQL_PWD: new URL(server.url()).password } });
      await expect(settle(record, { env, signal, reporter, url: null })).rejects.toMatchObject(refused);
      await server.query(database, 'CREATE TABLE nowhere (a int)');
      expect(await recovered()).toHaveLength(1);
      expect(await sides()).toEqual([]);
    });

    it('is to remove a database that is left: no later restore fails for that', async () => {
      const left = 'holdfast_0123456789ab_new';
      await server.createDatabase(left);
      await writeFile(join(server.folder, 'data', left, 'i.isl'), 'nothing');
      expect(await recovered()).toEqual([]);
      expect(reporter.warnings.at(-1)).toMatch(
        new RegExp(`data directory is something that is no table.* DROP DATABASE IF EXISTS ${left};`),
      );
      await rm(join(server.folder, 'data', left, 'i.isl'));
      await server.dropDatabase(left);
    });

    it(
      'is to replace what a prepared XA transaction has changed, for a while',
      { timeout: 60_000 },
      async () => {
        await server.query(
          database,
          'CREATE TABLE t (a int PRIMARY KEY); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1',
        );
        const archive = await readArchive(server.url(database));
        await server.query(
          database,
          `XA START 'one', 'two'; INSERT INTO t VALUES (7); XA END 'one', 'two'; XA PREPARE 'one', 'two'`,
        );
        const ended = `XA ROLLBACK 'one', 'two'`;
        try {
          const warned = recordingReporter();
          await expect(restore(archive, { reporter: warned }, { lock: 2, rival: 0 })).rejects.toMatchObject({
            message: `Others hold locks on what the database holds: perhaps prepared XA transactions: 'one','two',1.`,
            hint: expect.stringContaining('XA ROLLBACK'),
          });
          expect(warned.warnings).toEqual([
            expect.stringContaining(`prepared XA transactions, of whatever database: 'one','two',1.`),
            expect.stringContaining('or not at all after 2 seconds. Others hold locks'),
          ]);
          expect(await server.query(database, 'SHOW TRIGGERS')).toHaveLength(1);
          expect(await sides()).toEqual([]);
          const impatient = new AbortController();
          const reason = new Error('Ctrl-C');
          const wait = {
            ...recordingReporter(),
            warning: (text: string) => text.startsWith('The new') && impatient.abort(reason),
          };
          await expect(restore(archive, { reporter: wait, signal: impatient.signal })).rejects.toBe(reason);
          expect(await sides()).toEqual([]);
          await server.query('', ended);
        } catch (error) {
          await server.query('', ended);
          throw error;
        }
        expect(await restore(archive)).toEqual([]);
      },
    );
  });
}
