import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMysqlTools, mysqlScript, rootLogin } from '../../servers/mysql-tools.ts';
import { availableMysqlVersions, type MysqlServer, startMysql } from '../../servers/mysql.ts';
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
