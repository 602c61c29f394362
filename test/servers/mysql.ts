import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection, escapeId } from 'mysql2/promise';
import { freePort } from './free-port.ts';
import { ACCOUNT, findMysql, type MysqlBinaries, type MysqlVersion } from './mysql-binaries.ts';
import { createDataDirectory } from './mysql-data.ts';
import { serverRoot, serverUser } from './server-user.ts';
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts';

export { availableMysqlVersions, findMysql, MYSQL_VERSIONS, type MysqlVersion } from './mysql-binaries.ts';

/** The password of `root`, who may do everything. */
export const ROOT_PASSWORD = 's3cret';

/** A running server; it ends with this process at the latest. */
export interface MysqlServer {
  readonly version: MysqlVersion;
  readonly flavor: 'mariadb' | 'mysql';
  /** The version as the server spells it. */
  readonly release: string;
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** The path of its Unix socket. */
  readonly socket: string;
  /** Its own temporary folder; the data lies in `data`. */
  readonly folder: string;
  /** A URL through TCP of a database, by default for `root` with the password. */
  url(database?: string, user?: string, password?: string): string;
  /**
   * Runs one or more statements as `root` on a connection of its own; the rows of the last one that has some, dates as
   * text and large numbers as text.
   */
  query<Row = Record<string, unknown>>(database: string, sql: string, values?: unknown[]): Promise<Row[]>;
  /** Makes a database, utf8mb4 unless told otherwise; `options` is what follows its name: `CHARACTER SET latin1`. */
  createDatabase(name: string, options?: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  /** Kills the server with SIGKILL and starts it again, on the same data and port. */
  crash(): Promise<void>;
  /** What the server has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Nothing waits for the disk: a server that is killed loses nothing, as the system has not crashed. */
const SETTINGS = [
  '--bind-address=127.0.0.1',
  '--innodb-fast-shutdown=2',
  '--innodb-flush-log-at-trx-commit=2',
  '--innodb-flush-method=nosync',
  '--innodb-use-native-aio=0',
  '--log-bin-trust-function-creators=1',
  '--secure-file-priv=',
  '--skip-name-resolve',
  '--sync-binlog=0',
];

/** Starts the server again when it ends while there is a file `restart`. */
const KEEPER = `
trap 'kill $server; wait $server; exit' TERM
while :; do
  "$@" &
  server=$!
  wait $server
  [ -e restart ] || exit
  rm restart
done
`;

const USERS = `
CREATE USER IF NOT EXISTS root@'127.0.0.1';
GRANT ALL PRIVILEGES ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
ALTER USER root@'127.0.0.1' IDENTIFIED BY '${ROOT_PASSWORD}', root@localhost IDENTIFIED BY '${ROOT_PASSWORD}';
`;

/**
 * Starts a real server without databases in a temporary folder. `args` are options of the server: `--log-bin`.
 * @throws Error where the version cannot be had: ask findMysql first
 */
export async function startMysql(
  options: { version?: MysqlVersion; args?: readonly string[] } = {},
): Promise<MysqlServer> {
  const version = options.version ?? 'mariadb';
  const found = await findMysql(version);
  if (found.reason !== undefined) throw new Error(found.reason);
  const binaries = found.value;
  // It runs as this account, root too: another one might not be able to read the unpacked programs.
  const user = { ...serverUser(), foreign: false };
  for (let attempt = 1; ; attempt += 1) {
    const folder = await mkdtemp(join(await serverRoot(user), 'holdfast-mysql-'));
    try {
      await createDataDirectory(join(folder, 'data'), binaries);
      await writeFile(join(folder, 'users.sql'), USERS);
      const port = await freePort();
      const supervised = await superviseProcess(
        '/bin/sh',
        [
          '-c',
          KEEPER,
          'keeper',
          binaries.server,
          ...serverArguments(binaries, folder, port),
          ...(options.args ?? []),
        ],
        { user, folder, env: { ...process.env, LC_ALL: 'C' }, signal: 'TERM' },
      );
      const logged = await waitUntilReady(supervised, port);
      if (logged === undefined) return runningServer(version, binaries, port, folder, supervised);
      // Between finding the free port and taking it, another process may have taken it.
      if (attempt === 5 || !/Can't start server: Bind on|Do you already have another/.test(logged)) {
        throw new Error(`${version} did not start:\n${logged}`);
      }
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

function serverArguments(binaries: MysqlBinaries, folder: string, port: number): string[] {
  return [
    '--no-defaults',
    ...binaries.serverArguments,
    ...ACCOUNT,
    ...SETTINGS,
    ...(binaries.flavor === 'mysql' ? ['--mysqlx=0'] : []),
    `--port=${port}`,
    `--datadir=${join(folder, 'data')}`,
    `--tmpdir=${folder}`,
    `--socket=${join(folder, 'mysql.sock')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--init-file=${join(folder, 'users.sql')}`,
  ];
}

function runningServer(
  version: MysqlVersion,
  binaries: MysqlBinaries,
  port: number,
  folder: string,
  supervised: SupervisedProcess,
): MysqlServer {
  const query: MysqlServer['query'] = (database, sql, values) => runQuery(port, database, sql, values);
  return {
    version,
    flavor: binaries.flavor,
    release: binaries.release,
    port,
    socket: join(folder, 'mysql.sock'),
    folder,
    url: (database = '', user = 'root', password = ROOT_PASSWORD) =>
      `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    query,
    createDatabase: async (name, options = 'CHARACTER SET utf8mb4') => {
      await query('', `CREATE DATABASE ${escapeId(name, true)} ${options}`);
    },
    dropDatabase: async (name) => {
      await query('', `DROP DATABASE IF EXISTS ${escapeId(name, true)}`);
    },
    crash: async () => {
      const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
      await writeFile(join(folder, 'restart'), '');
      process.kill(pid, 'SIGKILL');
      // The keeper removes the file when the killed server is gone.
      while (existsSync(join(folder, 'restart'))) await delay(5);
      const logged = await waitUntilReady(supervised, port);
      if (logged !== undefined) throw new Error(`${version} did not start again:\n${logged}`);
    },
    log: () => supervised.log(),
    stop: () => supervised.stop(),
  };
}

/** Tries to connect until that works. Returns undefined then, or the server's log when it has ended instead. */
async function waitUntilReady(supervised: SupervisedProcess, port: number): Promise<string | undefined> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (supervised.hasExited()) return supervised.log();
    try {
      await runQuery(port, '', 'DO 1');
      return undefined;
    } catch (error) {
      if (Date.now() > deadline) {
        await supervised.stop();
        throw new Error(`The server does not answer:\n${supervised.log()}`, { cause: error });
      }
      await delay(20);
    }
  }
}

async function runQuery<Row>(
  port: number,
  database: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const connection = await createConnection({
    host: '127.0.0.1',
    port,
    user: 'root',
    password: ROOT_PASSWORD,
    database,
    charset: 'utf8mb4',
    multipleStatements: true,
    dateStrings: true,
    supportBigNumbers: true,
  });
  // A server that stops while the connection closes is no failure of the query.
  connection.on('error', () => undefined);
  try {
    const [results, fields] = await connection.query(sql, values);
    if (!Array.isArray(results)) return [];
    // Several statements, or a CALL, give a list of results, each with the list of its columns or none.
    const several = (fields as unknown[]).some((field) => field === undefined || Array.isArray(field));
    return ((several ? (results as unknown[]).findLast(Array.isArray) : results) ?? []) as Row[];
  } finally {
    connection.destroy();
  }
}
