import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConnection } from '../../../src/database/mysql/connection/config.ts';
import { connect } from '../../../src/database/mysql/connection/connect.ts';
import { isServerError } from '../../../src/database/mysql/connection/failure.ts';
import type { Session } from '../../../src/database/mysql/connection/session.ts';
import { quoteName } from '../../../src/database/mysql/columns.ts';
import { readPrivileges } from '../../../src/database/mysql/privileges.ts';
import { findMysql, type MysqlServer, startMysql } from '../../servers/mysql.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';

/** Statements about a database that does not exist: an account without the right is told that, all others that there is none. */
const trials = {
  CREATE: 'CREATE TABLE {}.t (i INT)',
  DROP: 'DROP TABLE {}.t',
  INSERT: 'INSERT INTO {}.t VALUES (1)',
  INDEX: 'CREATE INDEX i ON {}.t (i)',
  'CREATE ROUTINE': 'CREATE PROCEDURE {}.p() SELECT 1',
};
const denied = [1044, 1142];

for (const version of ['mariadb', 'mysql'] as const) {
  const found = await findMysql(version);
  if (found.reason !== undefined) process.stderr.write(`privileges.test.ts, ${version}: ${found.reason}\n`);

  describe.skipIf(found.reason !== undefined)(`what an account may on ${version}`, () => {
    let server: MysqlServer;

    beforeAll(async () => {
      server = await startMysql({ version });
    }, 120_000);

    afterAll(() => server?.stop());

    /** The rights that are said to be there, and those that are, in each of some databases that do not exist. */
    async function compare(grants: string, databases: readonly string[]) {
      await server.query(
        '',
        `DROP USER IF EXISTS app@'%'; DROP ROLE IF EXISTS helper; CREATE USER app@'%' IDENTIFIED BY 'app'; CREATE ROLE helper; ${grants}`,
      );
      const config = await resolveConnection({
        url: server.url('information_schema', 'app', 'app'),
        env: { HOME: '/nonexistent' },
        reporter: recordingReporter(),
      });
      const session = await connect(config, new AbortController().signal);
      try {
        const privileges = await readPrivileges(session);
        expect(privileges.account).toBe('app@%');
        const said: Record<string, string[]> = {};
        const real: Record<string, string[]> = {};
        for (const database of databases) {
          const rights = Object.keys(trials) as (keyof typeof trials)[];
          said[database] = rights.filter((right) => privileges.may(right, database));
          real[database] = [];
          for (const right of rights) {
            if (
              await isAllowed(
                session,
                trials[right].replace('{}', () => quoteName(database)),
              )
            )
              real[database].push(right);
          }
        }
        return { said, real, may: privileges.may };
      } finally {
        await session.close();
      }
    }

    async function isAllowed(session: Session, sql: string): Promise<boolean> {
      try {
        await session.query(sql);
        throw new Error(`${sql} did something`);
      } catch (error) {
        if (!isServerError(error)) throw error;
        return !denied.includes(error.code);
      }
    }

    it('follows patterns, the narrowest first', async () => {
      const { said, real } = await compare(
        `GRANT CREATE ON \`no\\_%\`.* TO app@'%'; GRANT DROP ON \`no\\_a%\`.* TO app@'%'; GRANT INSERT ON \`no\\_ab\`.* TO app@'%';
        GRANT INDEX ON \`n_\`.* TO app@'%'; GRANT ALL ON \`we\`\`ird\`.* TO app@'%'`,
        ['no_b', 'no_a1', 'no_ab', 'nosuch', 'no', 'nx', 'we`ird', 'other'],
      );
      expect(said).toEqual(real);
      expect(said['no_ab']).toEqual(['INSERT']);
      expect(said['we`ird']).toEqual(Object.keys(trials));
    });

    it('counts active roles', async () => {
      const { said, real } = await compare(
        `GRANT CREATE ON \`no\\_%\`.* TO app@'%'; GRANT DROP ON \`no\\_%\`.* TO helper; GRANT CREATE ROUTINE ON *.* TO helper;
        GRANT helper TO app@'%'; SET DEFAULT ROLE helper ${version === 'mysql' ? 'TO' : 'FOR'} app@'%'`,
        ['no_b', 'other'],
      );
      expect(said).toEqual(real);
      expect(said).toEqual({ no_b: ['CREATE', 'DROP', 'CREATE ROUTINE'], other: ['CREATE ROUTINE'] });
    });

    it('does not count roles at rest', async () => {
      const { said, real } = await compare(`GRANT DROP ON \`no\\_%\`.* TO helper; GRANT helper TO app@'%'`, [
        'no_b',
      ]);
      expect(said).toEqual(real);
      expect(said).toEqual({ no_b: [] });
    });

    it('knows rights on the server from those on a database', async () => {
      const { said, real, may } = await compare(`GRANT INSERT, PROCESS ON *.* TO app@'%'`, ['no_b']);
      expect(said).toEqual(real);
      expect([may('PROCESS'), may('INSERT'), may('SUPER'), may('CREATE')]).toEqual([
        true,
        true,
        false,
        false,
      ]);
    });

    it.skipIf(version !== 'mysql')('takes off partial revokes, and reads no patterns with them', async () => {
      await server.query('', 'SET GLOBAL partial_revokes = ON');
      try {
        const { said, real } = await compare(
          `GRANT INSERT, DROP ON *.* TO app@'%'; REVOKE INSERT ON no_a.* FROM app@'%'; GRANT CREATE ON \`no\\_%\`.* TO app@'%'`,
          ['no_a', 'no_b'],
        );
        expect(said).toEqual(real);
        expect(said).toEqual({ no_a: ['DROP'], no_b: ['DROP', 'INSERT'] });
      } finally {
        await server.query('', `DROP USER app@'%'; SET GLOBAL partial_revokes = OFF`);
      }
    });
  });
}
