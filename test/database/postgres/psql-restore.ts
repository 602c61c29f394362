import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { DatabaseSource, Statement } from '../../../src/database/engine.ts';
import { findPostgresTools } from '../../servers/postgres-tools.ts';
import type { PostgresServer } from '../../servers/postgres.ts';
import { runTool } from '../../support/tools.ts';

/** Restores a backup by psql alone, as an archive's restore.sh does. */
export async function restoreWithPsql(
  server: PostgresServer,
  source: DatabaseSource,
  database: string,
): Promise<void> {
  const tools = await findPostgresTools();
  if (tools.reason !== undefined) throw new Error(tools.reason);
  const texts = (statements: readonly Statement[]): string =>
    statements.map(({ sql }) => `${sql}\n`).join('');
  const script: Uint8Array[] = [Buffer.from(`BEGIN;\n${texts(source.preData)}`)];
  for (const table of source.tables) {
    script.push(Buffer.from(`${table.loadStatement}\n`));
    for await (const part of source.parts(table, 1_000_000)) {
      script.push(...((await Readable.from(part.chunks).toArray()) as Uint8Array[]));
    }
    script.push(Buffer.from('\\.\n'));
  }
  script.push(Buffer.from(`${texts(source.postData)}COMMIT;\n`));
  const file = join(server.socketDir, 'script.sql');
  await writeFile(file, Buffer.concat(script));
  const url = server.url(database);
  await runTool(tools.value.psql, ['-Xq', '-v', 'ON_ERROR_STOP=1', '-f', file, '-d', url]);
}
