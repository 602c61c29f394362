import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ACCOUNT, type MysqlBinaries } from './mysql-binaries.ts';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'holdfast-servers');

/** The scripts that make MariaDB's system tables, in order, by the ends of their names: these began with `mysql` before 11. */
const SYSTEM_TABLES = [
  '_system_tables.sql',
  '_performance_tables.sql',
  '_system_tables_data.sql',
  '_add_gis_sp_bootstrap.sql',
  '_sys_schema.sql',
];

/**
 * Makes the data directory of a new server at `data`, with a user `root` who has no password. That takes seconds, so its
 * result is kept in node_modules/.cache and copied from there the next time.
 */
export async function createDataDirectory(data: string, binaries: MysqlBinaries): Promise<void> {
  const name = `data-${binaries.flavor}-${binaries.release}-uid${process.getuid?.()}`;
  const template = join(CACHE, name);
  if (!existsSync(template)) {
    await mkdir(CACHE, { recursive: true });
    const unfinished = join(CACHE, `${name}.${randomUUID()}`);
    try {
      await initialize(unfinished, binaries);
      // Renaming fails when another process has put its own there meanwhile: that one is as good.
      await rename(unfinished, template).catch((error: unknown) => {
        if (!existsSync(template)) throw error;
      });
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  await run('cp', ['-R', '-p', template, data]);
}

async function initialize(data: string, binaries: MysqlBinaries): Promise<void> {
  const args = ['--no-defaults', ...binaries.serverArguments, ...ACCOUNT, `--datadir=${data}`];
  if (binaries.flavor === 'mysql') {
    await run(binaries.server, [...args, '--initialize-insecure'], { cwd: '/' });
    return;
  }
  await mkdir(join(data, 'mysql'), { recursive: true });
  const files = await readdir(binaries.share);
  const scripts = SYSTEM_TABLES.map((end) => files.find((file) => file.endsWith(end)) ?? end);
  const contents = await Promise.all(scripts.map((file) => readFile(join(binaries.share, file))));
  const server = spawn(binaries.server, [...args, '--bootstrap', '--skip-log-error'], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let errors = '';
  server.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<number | null>((resolve, reject) => {
    server.once('error', reject);
    server.once('close', resolve);
  });
  server.stdin.on('error', () => undefined);
  server.stdin.end(Buffer.concat([Buffer.from('USE mysql;\nSET @auth_root_socket = NULL;\n'), ...contents]));
  if ((await ended) !== 0) throw new Error(`cannot make the system tables of MariaDB: ${errors}`);
}
