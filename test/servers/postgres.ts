import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, escapeIdentifier, escapeLiteral, type QueryResult, type QueryResultRow } from 'pg';
import { freePort } from './free-port.ts';
import { findPostgresPackage, type PostgresVersion, usableBinaries } from './postgres-binaries.ts';
import { createCluster, PASSWORD_ROLE } from './postgres-cluster.ts';
import { handOver, serverRoot, serverUser } from './server-user.ts';
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts';

export { installedPostgresVersions, type PostgresVersion } from './postgres-binaries.ts';
export { PASSWORD_ROLE } from './postgres-cluster.ts';

/** A running server; it ends with this process at the latest. */
export interface PostgresServer {
  readonly version: PostgresVersion;
  /** Its port on 127.0.0.1, and the number in the name of its socket. */
  readonly port: number;
  /** The folder of its Unix socket. */
  readonly socketDir: string;
  /** A URL through TCP, by default of the database and the superuser `postgres`. That of PASSWORD_ROLE holds its password. */
  url(database?: string, role?: string): string;
  /** The same through the Unix socket. */
  socketUrl(database?: string, role?: string): string;
  /** Runs one or more statements as superuser on a connection of its own; the rows of the last one. */
  query<Row extends QueryResultRow = QueryResultRow>(
    database: string,
    sql: string,
    values?: unknown[],
  ): Promise<Row[]>;
  createDatabase(
    name: string,
    options?: { encoding?: string; locale?: string; template?: string },
  ): Promise<void>;
  /** Drops a database if it exists, with its subscriptions (but not their slots), ending the connections to it. */
  dropDatabase(name: string): Promise<void>;
  /** Crashes the server and lets it come back as a standby, with what was committed: read-only, and it stays so. */
  becomeStandby(): Promise<void>;
  /** What the server has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  shared_buffers: '32MB',
  // The log of changes lies in memory too.
  max_wal_size: '256MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  listen_addresses: '127.0.0.1',
};

/** Starts a real PostgreSQL server on an empty cluster in a temporary folder. `settings` are those of postgresql.conf. */
export async function startPostgres(
  options: {
    version?: PostgresVersion;
    settings?: Record<string, string>;
    /** Control files and scripts of extensions that the server is to know, by their names. */
    extensions?: Record<string, string>;
  } = {},
): Promise<PostgresServer> {
  const version = options.version ?? 18;
  const user = serverUser();
  const installed = findPostgresPackage(version);
  for (let attempt = 1; ; attempt += 1) {
    const folder = await mkdtemp(join(await serverRoot(user), 'holdfast-postgres-'));
    try {
      await handOver(folder, user);
      const native = await usableBinaries(installed, user, folder, options.extensions);
      const data = join(folder, 'data');
      await createCluster(data, { version, release: installed.release, native, user });
      const port = await freePort();
      const settings = {
        ...SETTINGS,
        unix_socket_directories: folder,
        ...options.settings,
        port: String(port),
      };
      const supervised = await superviseProcess(
        join(native, 'bin', 'postgres'),
        ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
        { user, folder, env: { ...process.env, LC_ALL: 'C' } },
      );
      const logged = await waitUntilReady(supervised, folder, port);
      if (logged === undefined) return runningServer(version, port, folder, supervised);
      // Between finding the free port and taking it, another process may have taken it.
      if (attempt === 5 || !logged.includes('could not bind')) {
        throw new Error(`PostgreSQL ${version} did not start:\n${logged}`);
      }
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

function runningServer(
  version: PostgresVersion,
  port: number,
  folder: string,
  supervised: SupervisedProcess,
): PostgresServer {
  const login = (role: string): string =>
    role === PASSWORD_ROLE.name
      ? `${encodeURIComponent(role)}:${encodeURIComponent(PASSWORD_ROLE.password)}`
      : encodeURIComponent(role);
  const query: PostgresServer['query'] = (database, sql, values) =>
    withClient({ host: folder, port, user: 'postgres', database }, async (client) => {
      const result = (await client.query(sql, values)) as QueryResult | QueryResult[];
      return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
    });
  return {
    version,
    port,
    socketDir: folder,
    url: (database = 'postgres', role = 'postgres') =>
      `postgres://${login(role)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    socketUrl: (database = 'postgres', role = 'postgres') =>
      `postgres://${login(role)}@${encodeURIComponent(folder)}:${port}/${encodeURIComponent(database)}`,
    query,
    createDatabase: async (name, { encoding, locale, template } = {}) => {
      // Only template0 may be copied with another encoding or locale.
      const source = template ?? (encoding || locale ? 'template0' : 'template1');
      const provider = locale && version >= 15 ? ' LOCALE_PROVIDER libc' : '';
      await query(
        'postgres',
        `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(source)}` +
          (encoding ? ` ENCODING ${escapeLiteral(encoding)}` : '') +
          (locale ? `${provider} LOCALE ${escapeLiteral(locale)}` : ''),
      );
    },
    dropDatabase: async (name) => {
      const subscriptions = await query<{ name: string }>(
        'postgres',
        'SELECT s.subname AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = $1',
        [name],
      );
      for (const subscription of subscriptions) {
        const identifier = escapeIdentifier(subscription.name);
        const alter = `ALTER SUBSCRIPTION ${identifier}`;
        await query(
          name,
          `${alter} DISABLE; ${alter} SET (slot_name = NONE); DROP SUBSCRIPTION ${identifier}`,
        );
      }
      await query('postgres', `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
    },
    becomeStandby: () => becomeStandby(query, folder),
    log: () => supervised.log(),
    stop: () => supervised.stop(),
  };
}

/** After the crash of one of its processes a server starts anew, and with that file as a standby. */
async function becomeStandby(query: PostgresServer['query'], folder: string): Promise<void> {
  // A crash may forget what has not come to the disk: these servers commit without waiting for it.
  await query('postgres', 'CHECKPOINT');
  const signal = `${folder}/data/standby.signal`;
  const crash = `COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; touch "${signal}"; kill -9 $PPID'`;
  await query('postgres', crash).catch(() => undefined);
  const deadline = Date.now() + 60_000;
  for (;;) {
    const rows = await query('postgres', 'SELECT pg_is_in_recovery() AS standby').catch(() => []);
    if (rows[0]?.['standby'] === true) return;
    if (Date.now() > deadline) throw new Error('PostgreSQL did not become a standby');
    await delay(20);
  }
}

/** Tries to connect until that works. Returns undefined then, or the server's log when it has ended instead. */
async function waitUntilReady(
  supervised: SupervisedProcess,
  folder: string,
  port: number,
): Promise<string | undefined> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (supervised.hasExited()) return supervised.log();
    try {
      await withClient({ host: folder, port, user: 'postgres', database: 'postgres' }, async () => undefined);
      return undefined;
    } catch (error) {
      if (Date.now() > deadline) {
        await supervised.stop();
        throw new Error(`PostgreSQL does not answer:\n${supervised.log()}`, { cause: error });
      }
      await delay(20);
    }
  }
}

async function withClient<T>(
  config: { host: string; port: number; user: string; database: string },
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(config);
  // A server that stops while the connection closes is no failure of the query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
