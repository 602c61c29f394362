import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { HoldfastError } from '../../../core/errors.ts';
import { wholeNumber } from '../../../core/parameter-values.ts';
import type { ConnectOptions } from '../../engine.ts';
import { readOptionFile } from './option-file.ts';
import { resolveParameters } from './parameters.ts';
import { planTls, readParameterFile, type TlsPlan } from './tls.ts';
import { parseConnectionUrl, type UrlParts } from './url.ts';

const defaultPort = 3306;
const defaultTimeoutSeconds = 30;
const longestTimeoutSeconds = 2_000_000;

/** Where builds of the servers put their socket: Debian's choice, Red Hat's, and that of the sources. */
const usualSockets: readonly string[] =
  process.platform === 'win32'
    ? []
    : ['/var/run/mysqld/mysqld.sock', '/var/lib/mysql/mysql.sock', '/tmp/mysql.sock'];

/** The groups of an option file that the dump program of each reads. */
const optionGroups = {
  mysql: ['client', 'mysqldump'],
  mariadb: ['client', 'client-server', 'client-mariadb', 'mysqldump', 'mariadb-dump'],
};

/** One way to a server: a TCP port or a Unix socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly socket: string };

/** Everything about how to connect, with no more look at URL, environment or files. */
export interface ConnectionConfig {
  /** Ways to the one server, in order: the next is for when nothing listens there. */
  readonly places: readonly Place[];
  readonly database: string;
  readonly user: string;
  /** Not enumerable: it must not get into a message by accident. Empty for none. */
  readonly password: string;
  /** How long an attempt to connect may take. */
  readonly timeoutSeconds: number;
  readonly tls: TlsPlan;
  /** The server's public key, known beforehand, for a password that is sent without TLS. */
  readonly serverPublicKey: Buffer | undefined;
}

/**
 * Joins a URL with the environment, which it has precedence over, and that over `~/.my.cnf`: MYSQL_PWD, MYSQL_HOST,
 * MYSQL_TCP_PORT and MYSQL_UNIX_PORT are the clients' variables (MySQL documentation, "Environment Variables").
 * @throws HoldfastError `usage` for a bad URL or value, `failed` for a file that cannot be used
 */
export async function resolveConnection(
  options: Pick<ConnectOptions, 'url' | 'env' | 'reporter'>,
): Promise<ConnectionConfig> {
  const url = parseConnectionUrl(options.url);
  if (url.database === undefined) {
    throw new HoldfastError('usage', 'The database URL names no database.', {
      hint: 'Put its name at the end: mysql://user@host:3306/database.',
    });
  }
  const warn = (message: string): void => options.reporter.warning(message);
  const file = await readOptionFile(options.env, optionGroups[url.scheme], warn);
  const parameters = resolveParameters(url.parameters, file);
  const seconds = wholeNumber('connect-timeout', parameters('connect-timeout'), 1, longestTimeoutSeconds);
  const keyFile = parameters('server-public-key-path');
  const password = url.password ?? options.env['MYSQL_PWD'] ?? file.get('password') ?? '';
  const config = {
    places: placesOf(url, options.env, file),
    database: url.database,
    user: url.user ?? (file.get('user') || userInfo().username),
    password,
    timeoutSeconds: seconds ?? defaultTimeoutSeconds,
    tls: await planTls(parameters),
    serverPublicKey: keyFile && (await readParameterFile('server-public-key-path', keyFile)),
  } as const;
  return Object.defineProperty(config as ConnectionConfig, 'password', { enumerable: false });
}

/**
 * Where the server is. As to the clients, no host and `localhost` mean the machine's Unix socket, which is the one named, or
 * else one of the usual ones; where none is there, TCP. A port in the URL means TCP, as to MariaDB's client.
 */
function placesOf(
  url: UrlParts,
  env: ConnectOptions['env'],
  file: ReadonlyMap<string, string | null>,
): Place[] {
  const host = url.host ?? (env['MYSQL_HOST'] || file.get('host')) ?? 'localhost';
  const port =
    wholeNumber('port', url.port ?? (env['MYSQL_TCP_PORT'] || file.get('port') || undefined), 1, 65535) ??
    defaultPort;
  const isLocal = host.toLowerCase() === 'localhost' || host === '';
  const given = url.parameters.get('socket');
  if (given) {
    if (url.host === undefined || isLocal) return [{ socket: given }];
    throw new HoldfastError('usage', `The database URL names both the host ${host} and a socket.`, {
      hint: 'A socket is on this machine: leave the host out.',
    });
  }
  const tcp = { host: host || 'localhost', port };
  if (!isLocal || url.port !== undefined || process.platform === 'win32') return [tcp];
  const named = env['MYSQL_UNIX_PORT'] || file.get('socket');
  if (named) return [{ socket: named }];
  const usual = usualSockets.find((path) => existsSync(path));
  return usual === undefined ? [tcp] : [{ socket: usual }, tcp];
}
