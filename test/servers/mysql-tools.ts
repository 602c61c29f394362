import { runTool, type Found } from '../support/tools.ts';
import { findMysql, type MysqlVersion } from './mysql-binaries.ts';
import { type MysqlServer, ROOT_PASSWORD } from './mysql.ts';

/** The client programs that come with a server. */
export interface MysqlTools {
  /** mysql or mariadb, and mysqldump or mariadb-dump. */
  readonly client: string;
  readonly dump: string;
  /** What both need to find their own files, whatever the machine's option files say; to come first. */
  readonly arguments: readonly string[];
}

/** The client programs of a version, or why they cannot be had. */
export async function findMysqlTools(version: MysqlVersion): Promise<Found<MysqlTools>> {
  const found = await findMysql(version);
  if (found.reason !== undefined) return found;
  const { client, dump, clientArguments } = found.value;
  return { value: { client, dump, arguments: ['--no-defaults', ...clientArguments] } };
}

/** What a client needs to be `root` at a server; for the environment, the password: in arguments others could see it. */
export function rootLogin(server: MysqlServer): { args: readonly string[]; env: NodeJS.ProcessEnv } {
  return {
    args: ['--user=root', `--socket=${server.socket}`],
    env: { ...process.env, MYSQL_PWD: ROOT_PASSWORD },
  };
}

/** Runs a script as the `mysql` client reads it, with its DELIMITER lines, as `root`. Stops at the first error. */
export async function mysqlScript(server: MysqlServer, database: string, file: string): Promise<void> {
  const tools = await toolsOf(server);
  const { args, env } = rootLogin(server);
  const client = [tools.client, ...tools.arguments, ...args, '--default-character-set=utf8mb4', database];
  await runTool('sh', ['-c', 'script=$1; shift; exec "$@" <"$script"', 'sh', file, ...client], { env });
}

/**
 * The dump of a database, its rows and programs included, as the dump program of that server writes it. Views that no
 * longer work are left out where their columns are asked for, and are no failure.
 */
export async function mysqlDump(
  server: MysqlServer,
  database: string,
  more: readonly string[] = [],
): Promise<Buffer> {
  const tools = await toolsOf(server);
  const { args, env } = rootLogin(server);
  const usual = [
    '--routines',
    '--events',
    '--triggers',
    '--single-transaction',
    '--skip-dump-date',
    '--hex-blob',
    '--force',
    ...(server.flavor === 'mysql' ? ['--set-gtid-purged=OFF', '--column-statistics=0'] : []),
  ];
  const all = [...tools.arguments, ...args, ...usual, ...more, database];
  const { stdout, stderr } = await runTool(tools.dump, all, { env }).catch(
    (error: { stdout: Buffer; stderr: Buffer }) => error,
  );
  if (!stdout.includes('\n-- Dump completed')) throw new Error(`no whole dump: ${stderr.toString()}`);
  return stdout;
}

async function toolsOf(server: MysqlServer): Promise<MysqlTools> {
  const tools = await findMysqlTools(server.version);
  if (tools.reason !== undefined) throw new Error(tools.reason);
  return tools.value;
}
