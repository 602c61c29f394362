import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { TableNamer } from '../../src/archive/entry-namer.ts';
import { loadStatementName, partName, POST_DATA_NAME, PRE_DATA_NAME } from '../../src/archive/layout.ts';
import type { Manifest, ManifestTable } from '../../src/archive/manifest.ts';
import { encodeScript, type ScriptStatement } from '../../src/archive/sql-script.ts';
import { createArchiveWriter } from '../../src/archive/writer.ts';
import { findMysqlTools, rootLogin } from '../servers/mysql-tools.ts';
import { availableMysqlVersions, type MysqlServer, startMysql } from '../servers/mysql.ts';
import { required, runTool, tool } from '../support/tools.ts';
import { addKit, addSampleStorage, emptyManifest, MemorySink, sha256, streamOf } from './sample.ts';
import { changeSum, unpack } from './unpacked.ts';

const SETTING = {
  kind: 'SETTING',
  schema: null,
  name: 'names',
  sql: 'SET NAMES utf8mb4, foreign_key_checks = 0;',
};
const TABLE_SQL =
  'CREATE TABLE `users` (\n  `id` int PRIMARY KEY,\n  `blob` blob,\n  `boss` int,\n  FOREIGN KEY (boss) REFERENCES users (id)\n);';
const ROUTINE_BODY =
  "CREATE FUNCTION `greet`() RETURNS text DETERMINISTIC\nBEGIN\n  -- says hello;\n  RETURN 'hello;';\nEND";
const ROWS = [
  "INSERT INTO `users` (`id`,`blob`,`boss`) VALUES\n (1,_binary'\\n\\\\\\'\xff\r\n\\0',2)\n,(2,'system ls',NULL)\n;\n",
  "INSERT INTO `users` (`id`,`blob`,`boss`) VALUES\n (3,'delimiter x',1)\n;\n",
];

/** A whole archive as a backup of a MySQL database makes it. */
async function sampleArchive(): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = createArchiveWriter(sink);
  const preData: ScriptStatement[] = [
    SETTING,
    { kind: 'TABLE', schema: 'app', name: 'users', sql: TABLE_SQL },
  ];
  const postData: ScriptStatement[] = [
    SETTING,
    {
      kind: 'INDEX',
      schema: 'app',
      name: 'users',
      sql: 'ALTER TABLE `users` ADD KEY `by_blob` (`blob`(10));',
    },
    { kind: 'FUNCTION', schema: 'app', name: 'greet', sql: `DELIMITER ;;\n${ROUTINE_BODY}\n;;\nDELIMITER ;` },
  ];
  await writer.add(PRE_DATA_NAME, streamOf(...encodeScript(preData)), { method: 'deflate' });
  const directory = new TableNamer().name('app', 'users');
  await writer.add(loadStatementName(directory), Buffer.from('SET NAMES binary;\n'), { method: 'store' });
  const parts: ManifestTable['parts'][number][] = [];
  for (const [index, text] of ROWS.entries()) {
    const entry = partName(directory, index + 1, 'sql');
    const bytes = Buffer.from(text, 'latin1');
    await writer.add(entry, zstdCompressSync(bytes), { method: 'store' });
    parts.push({ entry, rows: 2 - index, bytes: bytes.length, sha256: sha256(bytes) });
  }
  await writer.add(POST_DATA_NAME, streamOf(...encodeScript(postData)), { method: 'deflate' });
  const bytes = ROWS.join('').length;
  const database: NonNullable<Manifest['database']> = {
    facts: { engine: 'mysql', version: '8.4.0', database: 'app', encoding: 'utf8mb4', snapshot: null },
    partSuffix: 'sql',
    preDataStatements: preData.length,
    postDataStatements: postData.length,
    tables: [
      {
        schema: 'app',
        name: 'users',
        directory,
        columns: ['id', 'blob', 'boss'],
        rows: 3,
        bytes,
        withRows: true,
        parts,
      },
    ],
  };
  const storage = await addSampleStorage(writer);
  await addKit(writer, 'mysql');
  await writer.finish((facts) => ({ ...emptyManifest(facts), database, storages: [storage] }));
  return sink.bytes();
}

describe.each(await availableMysqlVersions())(
  'restore.sh of an archive with a database, into %s',
  (version) => {
    let server: MysqlServer;
    let databases = 0;
    beforeAll(async () => {
      server = await startMysql({ version });
    });
    afterAll(() => server.stop());

    /** Unpacks the sample, and gives what runs its script on a new database. */
    async function prepare(context: TestContext): Promise<{
      folder: string;
      restore: (...more: string[]) => Promise<unknown>;
      query: (sql: string) => Promise<unknown[]>;
    }> {
      const tools = required(context, await findMysqlTools(version));
      required(context, await tool('zstd'));
      const folder = await unpack(context, await sampleArchive());
      const database = `kit ${++databases}`;
      await server.createDatabase(database);
      const { args, env } = rootLogin(server);
      const MYSQL = [tools.client, ...tools.arguments, ...args].join(' ');
      return {
        folder,
        restore: (...more) =>
          runTool('sh', [join(folder, 'unpacked', 'restore.sh'), database, ...more], {
            env: { ...env, MYSQL },
          }),
        query: (sql) => server.query(database, sql),
      };
    }

    const OBJECTS =
      'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()';

    it('brings back rows, what comes after them, and files', async (context) => {
      const { folder, restore, query } = await prepare(context);
      await restore(join(folder, 'restored'));
      expect(await query('SELECT * FROM users ORDER BY id')).toEqual([
        { id: 1, blob: Buffer.from("\n\\'\xff\r\n\0", 'latin1'), boss: 2 },
        { id: 2, blob: Buffer.from('system ls'), boss: null },
        { id: 3, blob: Buffer.from('delimiter x'), boss: 1 },
      ]);
      expect(await query('SELECT greet() AS said')).toEqual([{ said: 'hello;' }]);
      const [routine] = await query(
        'SELECT ROUTINE_DEFINITION AS body FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()',
      );
      expect(routine).toEqual({ body: expect.stringContaining('-- says hello;') });
      expect(await readFile(join(folder, 'restored', 'uploads', 'a.txt'), 'utf8')).toBe(
        'hello '.repeat(1000),
      );
    });

    it('needs no folder when only the database is wanted', async (context) => {
      const { folder, restore, query } = await prepare(context);
      await restore();
      expect(await query('SELECT id FROM users')).toHaveLength(3);
      expect(await readdir(folder)).toEqual(['archive.zip', 'unpacked']);
    });

    it.for([
      'CREATE VIEW v AS SELECT 1',
      'CREATE PROCEDURE p() DO 1',
      'CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DO DO 1',
    ])('loads nothing into a database where there is something: %s', async (sql, context) => {
      const { folder, restore, query } = await prepare(context);
      await query(sql);
      const before = await query(OBJECTS);
      await expect(restore(join(folder, 'restored'))).rejects.toThrow('is not empty; nothing was restored');
      expect(await query(OBJECTS)).toEqual(before);
      expect(await readdir(folder)).toEqual(['archive.zip', 'unpacked']);
    });

    it('says so when there is no such database', async (context) => {
      const { restore, query } = await prepare(context);
      await query('DROP DATABASE `' + `kit ${databases}` + '`');
      await expect(restore()).rejects.toThrow('the database cannot be reached; it must exist');
    });

    const second = 'database/data/app.users/000002.sql.zst';
    const insert = 'INSERT INTO `users` (`id`,`blob`,`boss`) VALUES\n';
    const many = `${insert} ${Array.from({ length: 20_000 }, (_, id) => `(${id + 3},NULL,NULL)`).join('\n,')}\n;\n`;
    const failures: [string, string, Buffer | string][] = [
      ['a part that ends early', second, zstdCompressSync(many).subarray(0, -4)],
      ['a part that is no zstd', second, 'hello'],
      ['rows that the server refuses', second, zstdCompressSync(`${insert} ('three',NULL)\n;\n`)],
      ['rows that break a key', second, zstdCompressSync(`${insert} (1,NULL,NULL)\n;\n`)],
      ['a part that is cut in a value', second, zstdCompressSync(`${insert} (3,'x`)],
      ['a script that is cut in a quotation', POST_DATA_NAME, "SELECT 'x"],
      ['a script that fails', POST_DATA_NAME, 'SELECT nonsense;\n'],
      ['a script that is cut before its delimiter', POST_DATA_NAME, `DELIMITER ;;\n${ROUTINE_BODY}`],
      ['a script that ends the client', POST_DATA_NAME, 'quit\n'],
    ];
    it.for(failures)('tells to begin anew: %s', async ([, name, content], context) => {
      const { folder, restore } = await prepare(context);
      await writeFile(join(folder, 'unpacked', name), content);
      await changeSum(folder, name, content);
      await expect(restore()).rejects.toThrow('could not be loaded and holds a part of it now: drop it');
    });

    const commands = [
      'system',
      '\\!',
      'SELECT 1 \\!',
      'DELIMITER $$\nsystem',
      '-- a comment\nsystem',
      'pager sh -c',
      '\\P sh -c',
    ];
    it.for(commands)('runs no command that the archive holds: %s', async (command, context) => {
      const { folder, restore } = await prepare(context);
      const content = `SELECT 1;\n${command} touch ${join(folder, 'pwned')}\n;\nSELECT 1;\n`;
      await writeFile(join(folder, 'unpacked', POST_DATA_NAME), content);
      await changeSum(folder, POST_DATA_NAME, content);
      await expect(restore()).rejects.toThrow('could not be loaded');
      expect(await readdir(folder)).not.toContain('pwned');
    });

    it('reads no file of this host for the archive', async (context) => {
      const { folder, restore, query } = await prepare(context);
      await query('SET GLOBAL local_infile = ON');
      await writeFile(join(folder, 'secret'), '7\n');
      for (const content of [
        `LOAD DATA LOCAL INFILE '${join(folder, 'secret')}' INTO TABLE users (id);\n`,
        `source ${join(folder, 'secret')}\n;\n`,
        `\\. ${join(folder, 'secret')}\n;\n`,
      ]) {
        await query('DROP TABLE IF EXISTS users');
        await writeFile(join(folder, 'unpacked', POST_DATA_NAME), content);
        await changeSum(folder, POST_DATA_NAME, content);
        await expect(restore()).rejects.toThrow('could not be loaded');
        expect(await query('SELECT id FROM users WHERE id = 7')).toEqual([]);
      }
    });
  },
);
