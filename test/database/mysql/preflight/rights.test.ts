import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../../../src/core/problem.ts';
import type { TargetOptions } from '../../../../src/database/engine.ts';
import { findMysql, type MysqlServer, startMysql } from '../../../servers/mysql.ts';
import { type Archive, openForRestore, readArchive, tryRestore } from './archive.ts';

/** What makes one object of each kind that takes a right of its own. */
const schema = `
  CREATE TABLE parent (id INT PRIMARY KEY, v INT, KEY (v));
  CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id));
  INSERT INTO parent VALUES (1, 10);
  INSERT INTO child VALUES (1, 1);
  CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1;
  CREATE PROCEDURE p() SELECT f();
  CREATE VIEW shown AS SELECT id, f() FROM parent;
  CREATE TRIGGER t BEFORE INSERT ON parent FOR EACH ROW SET NEW.v = f();
  CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DISABLE DO SELECT 1;`;

const ofPrograms = ['CREATE VIEW', 'CREATE ROUTINE', 'TRIGGER', 'EVENT'];
const besideTarget = ['INSERT', 'CREATE', 'ALTER', 'DROP', 'SELECT', ...ofPrograms];
const toFill = ['INSERT', 'CREATE', 'ALTER', 'DROP', ...ofPrograms];
const toReplace = [...toFill, 'SELECT', 'SHOW VIEW', 'ALTER ROUTINE'];
for (const version of ['mariadb', 'mysql'] as const) {
  const found = await findMysql(version);
  if (found.reason !== undefined) process.stderr.write(`rights.test.ts, ${version}: ${found.reason}\n`);

  describe.skipIf(found.reason !== undefined)(`an account of few rights on ${version}`, () => {
    let server: MysqlServer;
    let archive: Archive;
    const side = version === 'mysql' ? [...besideTarget, 'REFERENCES'] : besideTarget;
    const setDefiner = version === 'mysql' ? 'SET_ANY_DEFINER' : 'SET USER';
    const root = (sql: string): Promise<unknown[]> => server.query('', sql);

    beforeAll(async () => {
      server = await startMysql({ version });
      await server.createDatabase('source');
      await server.query('source', schema);
      archive = await readArchive(server.url('source'));
    }, 120_000);

    afterAll(() => server?.stop());

    beforeEach(() =>
      root(`DROP USER IF EXISTS app@'%', worker@'%'; CREATE USER app@'%' IDENTIFIED BY 'app'`),
    );

    /** An account and a target as they are at first. */
    async function fresh(rights: { target: readonly string[]; side: readonly string[] }, replace: boolean) {
      for (const row of await server.query<object>('', `SHOW DATABASES LIKE 'holdfast%'`)) {
        await root(`DROP DATABASE ${String(Object.values(row)[0])}`);
      }
      await root(
        `DROP DATABASE IF EXISTS the_target; CREATE DATABASE the_target;
        DROP USER app@'%'; CREATE USER app@'%' IDENTIFIED BY 'app';
        GRANT ${rights.target.join(', ')} ON \`the\\_target\`.* TO app@'%';
        GRANT ${rights.side.join(', ')} ON \`holdfast\\_%\`.* TO app@'%'`,
      );
      if (!replace) return;
      await server.query('the_target', schema);
      await root(
        version === 'mysql'
          ? `GRANT SHOW_ROUTINE, SET_ANY_DEFINER, SYSTEM_USER ON *.* TO app@'%'`
          : `GRANT SELECT ON mysql.proc TO app@'%'; GRANT SET USER ON *.* TO app@'%'`,
      );
    }

    const targetUrl = (): string => server.url('the_target', 'app', 'app');
    const restore = (options: Partial<TargetOptions> = {}) => tryRestore(archive, targetUrl(), options);

    for (const replace of [false, true]) {
      it(`restores ${replace ? 'over' : 'into'} a database with no more than it is asked for`, async () => {
        await fresh({ target: replace ? toReplace : toFill, side }, replace);
        expect(await restore({ replace })).toMatchObject({ problems: [], failure: null });
      });
    }

    it(
      'fails without each right that preflight misses, and the hint mends it',
      { timeout: 60_000 },
      async () => {
        const all = { target: toReplace, side };
        for (const place of ['target', 'side'] as const) {
          for (const right of all[place]) {
            await fresh({ ...all, [place]: all[place].filter((one) => one !== right) }, true);
            // What comes of it is the same on both flavors, but for a few words.
            const isTried = (place === 'side') === (version === 'mysql');
            const { problems, failure } = isTried
              ? await restore({ replace: true })
              : { problems: await preflight({ replace: true }), failure: null };
            expect({ place, right, message: problems[0]?.message }).toEqual({
              place,
              right,
              message: `the account app@% lacks ${right} on ${place === 'target' ? 'the database `the_target`' : 'the databases that a restore makes beside the target (holdfast_…)'}`,
            });
            expect({ place, right, count: problems.length }).toEqual({ place, right, count: 1 });
            expect({ place, right, fails: failure !== null }).toEqual({ place, right, fails: isTried });
            await mend(problems);
            expect(await preflight({ replace: true })).toEqual([]);
          }
        }
      },
    );

    /** Runs the command of each hint. */
    async function mend(problems: readonly Problem[]): Promise<void> {
      for (const { hint } of problems) await root(/GRANT .*?;/.exec(hint)?.[0] ?? hint);
    }

    async function preflight(options: Partial<TargetOptions> = {}): Promise<Problem[]> {
      const { target } = await openForRestore(targetUrl(), options);
      try {
        return await target.preflight(archive.facts);
      } finally {
        await target.close();
      }
    }

    it('must be allowed to name the definers, of the new and of the old', { timeout: 30_000 }, async () => {
      await fresh({ target: toReplace, side }, false);
      const refused = await restore({ noOwner: false });
      expect(refused.problems.map(({ message }) => message)).toEqual([
        expect.stringMatching(
          /^the account app@% may not make anything that runs as root@127\.0\.0\.1 \(of /,
        ),
      ]);
      expect(refused.failure).toMatch(/refused to restore/);
      await fresh({ target: toReplace, side }, false);
      // What runs as root belongs to an account that not everybody may touch.
      await mend(refused.problems);
      await mend(await preflight({ noOwner: false }));
      expect(await restore({ noOwner: false })).toMatchObject({ problems: [], failure: null });
      // These programs are root's now.
      await root(
        `REVOKE ${version === 'mysql' ? 'SET_ANY_DEFINER, SYSTEM_USER' : 'SET USER'} ON *.* FROM app@'%'`,
      );
      await root(
        version === 'mysql'
          ? `GRANT SHOW_ROUTINE ON *.* TO app@'%'`
          : `GRANT SELECT ON mysql.proc TO app@'%'`,
      );
      const kept = await preflight({ replace: true });
      expect(kept.map(({ message }) => message)).toEqual([
        expect.stringMatching(
          /^the account app@% may not put back after a failure what runs as root@127\.0\.0\.1/,
        ),
      ]);
      await mend(kept);
      await mend(await preflight({ replace: true }));
      expect((await restore({ replace: true })).failure).toBeNull();
    });

    it('needs accounts that are there', async () => {
      await fresh({ target: toFill, side }, false);
      await root(`GRANT ${setDefiner} ON *.* TO app@'%'; GRANT SELECT ON mysql.user TO app@'%'`);
      const missing = await preflight({ noOwner: false, definer: 'worker@%' });
      expect(missing).toEqual([
        {
          message: 'the target server lacks the account worker@%',
          hint: 'CREATE USER `worker`@`%`; Or restore with another --definer or with --skip-definer',
        },
      ]);
      // The view calls a function as this account, which has no right to it.
      await root(`CREATE USER worker@'%'; GRANT SELECT ON mysql.* TO app@'%'`);
      const lacking = await restore({ noOwner: false, definer: 'worker@%' });
      expect(lacking.failure).toMatch(/database is as it was: .*execute command denied/i);
      expect(await server.query('the_target', 'SHOW TABLES')).toEqual([]);
      const [warning, ...others] = lacking.warnings.filter((text) =>
        text.startsWith('Views that call functions'),
      );
      expect(others).toEqual([]);
      const [grant = ''] = /GRANT .*?;/.exec(warning ?? '') ?? [];
      expect(grant).toBe('GRANT EXECUTE ON `the\\_target`.* TO `worker`@`%`;');
      await root(grant);
      const allowed = await restore({ noOwner: false, definer: 'worker@%' });
      expect(allowed).toMatchObject({ problems: [], failure: null });
      expect(allowed.warnings.filter((text) => text.startsWith('Views'))).toEqual([]);
      const [row] = await server.query<object>('the_target', 'SHOW CREATE VIEW shown');
      expect(JSON.stringify(row)).toContain('DEFINER=`worker`@`%`');
    });

    it('says when it cannot tell whether an account is there', async () => {
      await fresh({ target: toFill, side }, false);
      await root(
        `CREATE USER worker@'%'; GRANT EXECUTE ON *.* TO worker@'%'; GRANT ${setDefiner} ON *.* TO app@'%'`,
      );
      const { warnings, failure } = await restore({ noOwner: false, definer: 'worker@%' });
      expect(failure).toBeNull();
      expect(warnings.filter((text) => text.includes('cannot be told'))).toHaveLength(1);
    });

    it('waits for others with LOCK TABLES alone', async () => {
      await fresh({ target: toReplace, side }, true);
      const ofLocks = async (): Promise<string[]> => {
        const { warnings, ...outcome } = await restore({ replace: true });
        expect(outcome).toEqual({ problems: [], failure: null });
        return warnings.filter((text) => text.startsWith('Without LOCK TABLES'));
      };
      const [warning] = await ofLocks();
      const [grant = ''] = /GRANT .*?;/.exec(warning ?? '') ?? [];
      expect(grant).toBe('GRANT LOCK TABLES ON `the\\_target`.* TO `app`@`%`;');
      await root(grant);
      expect(await ofLocks()).toEqual([]);
    });

    it('may not read routines of others that it would replace', async () => {
      await fresh({ target: toReplace, side }, true);
      await root(
        version === 'mysql'
          ? `REVOKE SHOW_ROUTINE ON *.* FROM app@'%'`
          : `REVOKE SELECT ON mysql.proc FROM app@'%'`,
      );
      const { problems, failure } = await restore({ replace: true });
      expect(problems.map(({ message }) => message)).toEqual([
        'the account app@% may not read what it would replace: function f, procedure p',
      ]);
      expect(failure).not.toBeNull();
      await mend(problems);
      expect(await preflight({ replace: true })).toEqual([]);
    });
  });
}
