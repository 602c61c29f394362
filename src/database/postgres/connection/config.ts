import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../../../core/errors.ts';
import { choice, wholeNumber } from '../../../core/parameter-values.ts';
import type { ConnectOptions } from '../../engine.ts';
import { type Parameters, resolveParameters } from './parameters.ts';
import { readPasswordFile } from './passfile.ts';
import { planTls, type TlsPlan } from './tls.ts';
import { parseConnectionUrl } from './url.ts';

const sessionKinds = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;
const defaultPort = 5432;
const defaultTimeoutSeconds = 30;
const longestTimeoutSeconds = 2_000_000;

/** One server to try. */
export interface HostConfig {
  /** A name, an address, or the folder of a Unix socket, which begins with a slash. */
  readonly host: string;
  readonly port: number;
  /** Not enumerable: it must not get into a message by accident. */
  readonly password: string | undefined;
}

/** Everything about how to connect, with no more look at URL, environment or files. */
export interface ConnectionConfig {
  /** The servers to try, in order. */
  readonly hosts: readonly HostConfig[];
  readonly database: string;
  readonly user: string;
  readonly applicationName: string;
  /** Command-line options for the server's session, as in `-c name=value`. */
  readonly options: string | undefined;
  /** How long one attempt may take; 0 is for ever. */
  readonly timeoutSeconds: number;
  readonly tls: TlsPlan;
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  readonly sessionKind: (typeof sessionKinds)[number];
  readonly keepAlive: boolean;
  readonly keepAliveSeconds: number;
  /** Let names and statements travel in the database's own encoding, not in UTF-8. */
  readonly inServerEncoding?: boolean;
}

/**
 * Joins the URL with the PG* variables of `env`, the password file and libpq's defaults.
 * @throws HoldfastError `usage` for a bad URL or value, `failed` for a file that cannot be used
 */
export async function resolveConnection(
  options: Pick<ConnectOptions, 'url' | 'env' | 'reporter'>,
): Promise<ConnectionConfig> {
  const warn = (message: string): void => options.reporter.warning(message);
  const parameters = resolveParameters(parseConnectionUrl(options.url), options.env, warn);
  const user = parameters('user') ?? userInfo().username;
  const database = parameters('dbname') ?? user;
  const folder = personalFolder(options.env);
  const passfile = parameters('passfile') ?? folder.passfile;
  const given = parameters('password');
  const hosts: HostConfig[] = [];
  for (const { host, port } of hostsOf(parameters)) {
    const query = { host: socketFolders.includes(host) ? 'localhost' : host, port, database, user };
    const password = given ?? (await readPasswordFile(passfile, query, warn));
    hosts.push(Object.defineProperty({ host, port, password }, 'password', { enumerable: false }));
  }
  return {
    hosts,
    database,
    user,
    applicationName: parameters('application_name') ?? parameters('fallback_application_name') ?? 'holdfast',
    options: parameters('options'),
    timeoutSeconds: Math.max(
      wholeNumber(
        'connect_timeout',
        parameters('connect_timeout'),
        -longestTimeoutSeconds,
        longestTimeoutSeconds,
      ) ?? defaultTimeoutSeconds,
      0,
    ),
    tls: await planTls(parameters, folder.path),
    channelBinding:
      choice('channel_binding', parameters('channel_binding'), ['disable', 'prefer', 'require']) ?? 'prefer',
    sessionKind: choice('target_session_attrs', parameters('target_session_attrs'), sessionKinds) ?? 'any',
    keepAlive: choice('keepalives', parameters('keepalives'), ['0', '1']) !== '0',
    keepAliveSeconds:
      wholeNumber('keepalives_idle', parameters('keepalives_idle'), 0, longestTimeoutSeconds) ?? 0,
  };
}

/** Where builds of PostgreSQL put their sockets: Debian's and Red Hat's choice, and that of the source. */
const socketFolders: readonly string[] = process.platform === 'win32' ? [] : ['/var/run/postgresql', '/tmp'];

function hostsOf(parameters: Parameters): { host: string; port: number }[] {
  const hosts = parameters('host')?.split(',') ?? [''];
  const ports = parameters('port')?.split(',') ?? [''];
  if (ports.length !== 1 && ports.length !== hosts.length) {
    throw new HoldfastError('usage', `${ports.length} ports cannot be matched with ${hosts.length} hosts.`, {
      hint: 'Give one port for all hosts, or one for each.',
    });
  }
  return hosts.map((host, index) => {
    const text = (ports.length === 1 ? ports[0] : ports[index]) || undefined;
    const port = wholeNumber('port', text, 1, 65535) ?? defaultPort;
    return { host: host || defaultHost(port), port };
  });
}

/** libpq takes the socket folder it was built with; there being several builds, the one with a socket in it. */
function defaultHost(port: number): string {
  return socketFolders.find((folder) => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? 'localhost';
}

function personalFolder(env: ConnectOptions['env']): { path: string; passfile: string } {
  if (process.platform === 'win32') {
    const path = join(env['APPDATA'] ?? homedir(), 'postgresql');
    return { path, passfile: join(path, 'pgpass.conf') };
  }
  const home = env['HOME'] || homedir();
  return { path: join(home, '.postgresql'), passfile: join(home, '.pgpass') };
}
