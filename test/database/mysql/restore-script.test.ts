import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMysqlTools, mysqlScript, rootLogin } from '../../servers/mysql-tools.ts';
import { availableMysqlVersions, findMysql, type MysqlServer, startMysql } from '../../servers/mysql.ts';
import { runHoldfast } from '../../support/run-holdfast.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { required, runTool, tool } from '../../support/tools.ts';
import { fingerprint } from './fidelity.ts';

const SOURCE = 'holdfidelity_source';
const TARGET = 'holdfidelity_target';
const SCHEMAS = join(import.meta.dirname, 'schemas');
/** Without views that no longer work: no client can make these. */
const FILES = readdirSync(SCHEMAS).filter((file) =>
  /^tables-(charsets|keys|partitions|types)\.sql$/.test(file),
);

describe.each(await availableMysqlVersions())('restore.sh of a backup, into %s', (version) => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ version });
  });
  afterAll(() => server.stop());

  it.for(FILES)(
    "brings %s back with the server's own client",
    { timeout: 120_000 },
    async (file, context) => {
      const tools = required(context, await findMysqlTools(version));
      const unzip = required(context, await tool('unzip'));
      required(context, await tool('zstd'));
      const folder = await temporaryFolder();
      await server.createDatabase(SOURCE);
      await server.createDatabase(TARGET);
      try {
        await mysqlScript(server, SOURCE, join(SCHEMAS, file));
        const archive = join(folder, 'archive.zip');
        const backup = await runHoldfast(['backup', archive, '--database', server.url(SOURCE)]);
        expect(backup).toMatchObject({ code: 0 });
        await runTool(unzip, ['-q', archive, '-d', folder]);
        const { args, env } = rootLogin(server);
        const MYSQL = [tools.client, ...tools.arguments, ...args].join(' ');
        await runTool('sh', [join(folder, 'restore.sh'), TARGET], { env: { ...env, MYSQL } });
        expect(await fingerprint(server, TARGET)).toEqual(await fingerprint(server, SOURCE));
      } finally {
        await server.dropDatabase(TARGET);
        await server.dropDatabase(SOURCE);
      }
    },
  );
});

const BOTH = ['mariadb', 'mariadb-newest'] as const;
const isThere = (await Promise.all(BOTH.map(findMysql))).every(({ reason }) => reason === undefined);

describe.skipIf(!isThere)('restore.sh on a server with another end of time', () => {
  it.for([
    ['mariadb', 'mariadb-newest'],
    ['mariadb-newest', 'mariadb'],
  ] as const)(
    'brings current rows of %s back as current ones of %s',
    { timeout: 120_000 },
    async ([from, to], context) => {
      const [source, target] = await Promise.all([
        startMysql({ version: from }),
        startMysql({ version: to }),
      ]);
      try {
        const folder = await temporaryFolder();
        await source.createDatabase(SOURCE, 'CHARACTER SET latin1');
        await target.createDatabase(TARGET);
        await mysqlScript(source, SOURCE, join(SCHEMAS, 'tables-versioned.mariadb.sql'));
        const archive = join(folder, 'archive.zip');
        const backup = await runHoldfast(['backup', archive, '--database', source.url(SOURCE)]);
        expect(backup).toMatchObject({ code: 0 });
        await runTool(required(context, await tool('unzip')), ['-q', archive, '-d', folder]);
        const { client, arguments: usual } = required(context, await findMysqlTools(to));
        const { args, env } = rootLogin(target);
        const MYSQL = [client, ...usual, ...args].join(' ');
        await runTool('sh', [join(folder, 'restore.sh'), TARGET], { env: { ...env, MYSQL } });
        for (const table of [
          'versioned',
          'versioned_by_name',
          'versioned_columns',
          'versioned_parts',
          'bitemporal',
        ]) {
          const rows = await target.query(TARGET, `SELECT * FROM ${table}`);
          expect(rows).not.toEqual([]);
          if (table !== 'versioned_by_name')
            expect(rows).toEqual(await source.query(SOURCE, `SELECT * FROM ${table}`));
        }
        const verified = await runHoldfast(['verify', archive, '--against', target.url(TARGET)]);
        expect(verified).toMatchObject({ code: 0 });
      } finally {
        await Promise.all([source.stop(), target.stop()]);
      }
    },
  );
});
