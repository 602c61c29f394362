import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseFacts, TargetOptions } from '../../../../src/database/engine.ts';
import type { Requirements } from '../../../../src/database/mysql/facts.ts';
import { findMysql, type MysqlServer, startMysql } from '../../../servers/mysql.ts';
import { type Archive, load, openForRestore, readArchive, tryRestore } from './archive.ts';

const schema = `
  CREATE TABLE bare (id INT, body LONGTEXT);
  INSERT INTO bare VALUES (1, REPEAT('x', 3000000));
  CREATE FUNCTION declared() RETURNS INT DETERMINISTIC RETURN 1;
  CREATE FUNCTION undeclared() RETURNS INT RETURN 1;
  CREATE TRIGGER t BEFORE INSERT ON bare FOR EACH ROW SET NEW.id = 1;
  CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DISABLE DO SELECT 1;`;

for (const version of ['mariadb', 'mysql'] as const) {
  const found = await findMysql(version);
  if (found.reason !== undefined) process.stderr.write(`settings.test.ts, ${version}: ${found.reason}\n`);

  describe.skipIf(found.reason !== undefined)(`a target's settings, ${version}`, () => {
    let server: MysqlServer;
    let archive: Archive;
    const root = (sql: string): Promise<unknown[]> => server.query('', sql);
    const isMysql = version === 'mysql';

    beforeAll(async () => {
      server = await startMysql({ version, args: ['--log-bin', '--server-id=7'] });
      await server.createDatabase('source');
      await server.query('source', schema);
      archive = await readArchive(server.url('source'));
      await root(`
        CREATE USER app@'%' IDENTIFIED BY 'app';
        GRANT ALL ON target.* TO app@'%'; GRANT ALL ON \`holdfast\\_%\`.* TO app@'%'`);
    }, 120_000);

    afterAll(() => server?.stop());

    const newTarget = (): Promise<unknown> => root('DROP DATABASE IF EXISTS target; CREATE DATABASE target');

    const targetUrl = (): string => server.url('target', 'app', 'app');
    const open = (options: Partial<TargetOptions> = {}) => openForRestore(targetUrl(), options);

    async function restore() {
      await newTarget();
      const outcome = await tryRestore(archive, targetUrl(), {});
      return { ...outcome, messages: outcome.problems.map(({ message }) => message) };
    }

    /** What preflight says of an archive that asks for more. */
    async function asked(requires: Partial<Requirements>, facts: Partial<DatabaseFacts> = {}, isNew = true) {
      if (isNew) await newTarget();
      const { target, reporter } = await open();
      try {
        const own = archive.facts['requires'] as Requirements;
        const changed = { ...archive.facts, ...facts, requires: { ...own, ...requires } };
        const problems = await target.preflight(changed);
        return { messages: problems.map(({ message }) => message), warnings: reporter.warnings };
      } finally {
        await target.close();
      }
    }

    it('are in nobody’s way as they are', async () => {
      expect(await restore()).toMatchObject({ messages: [], failure: null });
    });

    it('keep functions and triggers out where the binary log does not trust', async () => {
      await root('SET GLOBAL log_bin_trust_function_creators = 0');
      try {
        const { messages, problems, failure } = await restore();
        expect(messages).toEqual([
          'the target server writes a binary log, and takes no functions that are neither DETERMINISTIC nor NO SQL nor READS SQL DATA: the function undeclared',
          'the target server writes a binary log, and takes functions and triggers from accounts with SUPER alone, which app@% lacks',
        ]);
        expect(failure).toMatch(/binary logging is enabled/);
        await root(problems[0]?.hint.replace('as an administrator: ', '') ?? '');
        expect(await restore()).toMatchObject({ messages: [], failure: null });
      } finally {
        await root('SET GLOBAL log_bin_trust_function_creators = 1');
      }
    });

    it('limit the size of a row', async () => {
      const [row] = await server.query<{ most: number }>('', 'SELECT @@GLOBAL.max_allowed_packet AS most');
      await root('SET GLOBAL max_allowed_packet = 2097152');
      try {
        const { messages, problems, failure } = await restore();
        expect(messages).toEqual([
          expect.stringMatching(
            /^the archive has a row that takes a statement of 30\d+ bytes, and the target server takes 2097152 /,
          ),
        ]);
        expect(failure).not.toBeNull();
        await root(problems[0]?.hint.replace('as an administrator: ', '') ?? '');
        expect(await restore()).toMatchObject({ messages: [], failure: null });
      } finally {
        await root(`SET GLOBAL max_allowed_packet = ${row?.most}`);
      }
    });

    it.skipIf(!isMysql)('may want primary keys', async () => {
      await root('SET GLOBAL sql_require_primary_key = ON');
      try {
        const { messages, problems, failure } = await restore();
        expect(messages).toEqual([
          'the target server takes no tables without a primary key as they are (sql_require_primary_key): bare',
        ]);
        expect(failure).toMatch(/without a primary key/);
        await root(problems[0]?.hint.replace('as an administrator: ', '') ?? '');
        expect(await restore()).toMatchObject({ messages: [], failure: null });
      } finally {
        await root('SET GLOBAL sql_require_primary_key = OFF');
      }
    });

    it.skipIf(isMysql)('may want primary keys of InnoDB', async () => {
      await root('SET GLOBAL innodb_force_primary_key = ON');
      try {
        const { messages, failure } = await restore();
        expect(messages).toEqual([
          'the target server takes no tables without a primary key as they are (innodb_force_primary_key): bare',
        ]);
        expect(failure).not.toBeNull();
      } finally {
        await root('SET GLOBAL innodb_force_primary_key = OFF');
      }
    });

    it('may let nobody write', async () => {
      await newTarget();
      await root('SET GLOBAL read_only = ON');
      try {
        const { target } = await open();
        try {
          const problems = await target.preflight(archive.facts);
          expect(problems.map(({ message }) => message)).toEqual([
            'the target server is read-only (read_only)',
          ]);
          expect(await load(archive, target).catch(() => 'failed')).toBe('failed');
        } finally {
          await target.close().catch(() => undefined);
        }
      } finally {
        await root('SET GLOBAL read_only = OFF');
      }
    });

    it('may let nobody make anything, for a backup of another database is on', async () => {
      await newTarget();
      const url = new URL(server.url());
      const backup = await createConnection({
        host: url.hostname,
        port: Number(url.port),
        user: url.username,
        password: url.password,
      });
      try {
        await backup.query(isMysql ? 'LOCK INSTANCE FOR BACKUP' : 'FLUSH TABLES WITH READ LOCK');
        const { messages } = await asked({}, {}, false);
        expect(messages).toEqual([
          expect.stringMatching(
            /^the target server lets nobody make or drop anything at the moment, in any database: .* holds it locked \(/,
          ),
        ]);
      } finally {
        backup.destroy();
      }
    });

    it('run no events: a warning', async () => {
      await root('SET GLOBAL event_scheduler = OFF');
      try {
        const { messages, warnings } = await asked({});
        expect(messages).toEqual([]);
        expect(warnings).toEqual([expect.stringMatching(/runs none \(event_scheduler\)/)]);
      } finally {
        await root('SET GLOBAL event_scheduler = ON');
      }
      expect(await asked({})).toEqual({ messages: [], warnings: [] });
    });

    it('lack collations, storage engines, time zones and features', async () => {
      const foreign = isMysql ? 'utf8mb4_uca1400_ai_ci' : 'utf8mb4_0900_ai_ci';
      const { messages } = await asked({
        collations: [foreign, 'utf8mb4_general_ci'],
        storageEngines: ['InnoDB', 'RocksDB'],
        timeZones: ['Nowhere/Land'],
        features: [
          { what: 'the type PLAID', object: 'table t', mysql: null, mariadb: null },
          { what: 'rows', object: 'table t', mysql: 80000, mariadb: 100600 },
        ],
      });
      expect(messages.map((message) => message.replace(/, (MySQL|MariaDB) .*?,/, ''))).toEqual([
        'the target server does not have the type PLAID: table t',
        `the target server does not know the collation ${foreign}`,
        'the target server lacks the storage engine RocksDB',
        'the target server does not know the time zone Nowhere/Land, which events are in',
      ]);
    });

    it('are of another flavor: a warning', async () => {
      const flavor = isMysql ? 'mariadb' : 'mysql';
      const { messages, warnings } = await asked({}, { flavor });
      expect(messages).toEqual([]);
      expect(warnings).toEqual([expect.stringMatching(/^The archive is of /)]);
    });

    it('refuse the server’s own databases', async () => {
      const { target } = await open({ url: server.url('mysql') });
      try {
        const [first] = await target.preflight(archive.facts);
        expect(first?.message).toBe("the database `mysql` is the server's own");
      } finally {
        await target.close();
      }
    });

    it('do not matter to facts that make no sense', async () => {
      await expect(asked({ kinds: [1] as unknown as string[] })).rejects.toMatchObject({ code: 'damaged' });
      await expect(asked({}, { largestStatement: '7' })).rejects.toMatchObject({ code: 'damaged' });
      await expect(asked({ definers: [{ account: 1, objects: [] }] as never })).rejects.toMatchObject({
        message:
          'The manifest\'s fact "requires.definers" about the MySQL database is missing or of another kind.',
      });
    });
  });
}
