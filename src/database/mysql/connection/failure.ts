import { HoldfastError, messageOf, systemCodeOf } from '../../../core/errors.ts';
import { type FailureReason, networkFailure } from '../../../core/network-failure.ts';
import { printable } from '../../../core/printable.ts';
import { tlsFailure } from '../../../core/tls-failure.ts';
import type { ConnectionConfig, Place } from './config.ts';
import { ServerError } from './wire/server-error.ts';

export type { ServerError } from './wire/server-error.ts';

/** True for an error that the server sent, not one of the connection. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof ServerError;
}

/** `ER_CON_COUNT_ERROR`, `ER_TOO_MANY_USER_CONNECTIONS`, `ER_USER_LIMIT_REACHED`. */
const noMore: ReadonlySet<number> = new Set([1040, 1203, 1226]);

/** True when there are no more connections to be had from the server, or for the account. */
export function isConnectionLimit(error: unknown): boolean {
  const cause = error instanceof HoldfastError ? error.cause : error;
  return isServerError(cause) && noMore.has(cause.code);
}

/** A server's error for a message: on one line, for it quotes names and values. */
export function serverMessage(error: unknown): string {
  return printable(messageOf(error));
}

/** The error for a connection that is gone in the middle of its work. */
export function connectionLost(name: string, reason: unknown): HoldfastError {
  const why = reason === undefined ? '' : `: ${serverMessage(reason).replace(/\.$/, '')}`;
  return new HoldfastError('failed', `The connection to ${name} broke${why}.`, {
    hint: "See the server's log for the reason: a restart, a crash, a timeout, a broken network. Then try again.",
    cause: reason,
  });
}

/** The server as messages name it. */
export function describePlace(place: Place): string {
  if ('socket' in place) return place.socket;
  return place.host.includes(':') ? `[${place.host}]:${place.port}` : `${place.host}:${place.port}`;
}

/** True when a server would only talk without TLS. */
export function lacksTls(error: unknown): boolean {
  return systemCodeOf(error) === 'HANDSHAKE_NO_SSL_SUPPORT';
}

/** True when there was nobody to talk to. */
export function nothingListens(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOENT'].includes(systemCodeOf(error) ?? '');
}

/** An error while connecting, as a HoldfastError that names server, database and user and says what to do. */
export function connectFailure(error: unknown, place: Place, config: ConnectionConfig): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const where = `database "${config.database}" at ${describePlace(place)} as user "${config.user}"`;
  const server = serverErrorOf(error);
  const { why, hint } = server ? refusal(server, place, config) : breakdown(error, place, config);
  return new HoldfastError('failed', `Cannot connect to ${where}: ${why}`, {
    ...(hint && { hint }),
    cause: server ?? error,
  });
}

/** The server's error in mysql2's. */
function serverErrorOf(error: unknown): ServerError | undefined {
  if (isServerError(error)) return error;
  if (!(error instanceof Error) || !('sqlMessage' in error) || !('errno' in error)) return undefined;
  return new ServerError(
    Number(error.errno),
    'sqlState' in error ? String(error.sqlState) : '',
    String(error.sqlMessage),
  );
}

/** What the server answered, by its number. */
function refusal(error: ServerError, place: Place, config: ConnectionConfig): FailureReason {
  const why = serverMessage(error);
  switch (error.code) {
    case 1045:
    case 1698:
      return { why, hint: deniedHint(place, config) };
    case 1044:
      return { why, hint: `Check the name at the end of the URL, or GRANT the account rights on it.` };
    case 1049:
      return {
        why,
        hint: `Check the name at the end of the URL, or make it: CREATE DATABASE \`${config.database.replaceAll('`', '``')}\`.`,
      };
    case 1040:
    case 1203:
    case 1226:
      return {
        why,
        hint:
          'A backup takes 3 connections at least, a restore 2, whatever --jobs says. Close others, or raise max_connections, ' +
          'max_user_connections, or what the account is allowed (ALTER USER … WITH MAX_USER_CONNECTIONS).',
      };
    case 1129:
      return {
        why,
        hint: 'After too many failures the server blocks a host until FLUSH HOSTS is run on it.',
      };
    case 1130:
      return {
        why,
        hint: 'No account may come from this host: CREATE USER with the host, and see bind_address.',
      };
    case 1820:
    case 1862:
      return { why, hint: 'The password has expired: set a new one with ALTER USER.' };
    case 3118:
    case 4151:
      return { why, hint: 'ALTER USER … ACCOUNT UNLOCK lets it in again.' };
    case 3159:
      return { why, hint: 'Use ssl-mode=REQUIRED or leave ssl-mode out.' };
    case 1251:
    case 2059:
      return { why, hint: 'Give the account a way of authentication such as caching_sha2_password.' };
    default:
      return { why };
  }
}

function deniedHint(place: Place, config: ConnectionConfig): string {
  const isPlain = config.tls.mode === 'DISABLED' || (config.tls.mode === 'PREFERRED' && 'socket' in place);
  return [
    ...(config.password === '' ? ['No password was given.'] : []),
    'Check user and password in the URL, in MYSQL_PWD or in ~/.my.cnf.',
    'An account is a user name together with the host it comes from, as the message has them.',
    ...(isPlain ? ['An account that demands TLS needs ssl-mode=REQUIRED.'] : []),
  ].join(' ');
}

const tlsHints = {
  otherName: 'Connect by the name in the certificate, or use ssl-mode=VERIFY_CA.',
  untrusted: 'Name the certificate of the authority that signed it with ssl-ca=PATH.',
  other:
    'Check ssl-ca, ssl-cert, ssl-key and tls-version; ssl-mode=DISABLED does without TLS, on a network you trust.',
};

/** What broke before the server could answer. */
function breakdown(error: unknown, place: Place, config: ConnectionConfig): FailureReason {
  const message = messageOf(error);
  const why = `${printable(message).replace(/\.$/, '')}.`;
  switch (systemCodeOf(error) ?? '') {
    case 'ECONNREFUSED':
      return {
        why: 'the connection was refused.',
        hint: `Is the server running, and does it listen on ${describePlace(place)} (bind_address, port, skip_networking)?`,
      };
    case 'ENOENT':
      return { why: 'there is no such socket.', hint: 'Is the server running, and is this its socket?' };
    case 'ETIMEDOUT':
      return {
        why: `no connection within ${config.timeoutSeconds} seconds.`,
        hint: 'Check the address and firewalls; connect-timeout=SECONDS in the URL allows more time.',
      };
    case 'HANDSHAKE_NO_SSL_SUPPORT':
      return {
        why: `the server does not support TLS, and ssl-mode=${config.tls.mode} asks for it.`,
        hint: 'Turn TLS on at the server (ssl_cert, ssl_key), or use ssl-mode=PREFERRED or DISABLED on a network you trust.',
      };
    case 'HANDSHAKE_SSL_ERROR':
      // handshake.ts gives the error of TLS to mysql2 as the cause of one that mysql2 names so.
      return (
        (error instanceof Error && tlsFailure(error.cause, tlsHints)) || {
          why: `TLS failed: ${why}`,
          hint: tlsHints.other,
        }
      );
    case 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED':
      return {
        why: 'the server asks for the password as it is (mysql_clear_password), and the connection has no TLS.',
        hint: 'Use ssl-mode=REQUIRED: a password is never sent in the clear.',
      };
  }
  const plugin = /unknown plugin (\S+?)\.( |$)/.exec(message)?.[1];
  if (plugin !== undefined) {
    return {
      why: `the account authenticates with ${printable(plugin)}, which is not supported.`,
      hint: 'Use an account with caching_sha2_password, sha256_password, mysql_native_password or ed25519.',
    };
  }
  return (
    networkFailure(error) ?? {
      why,
      hint: 'Is that a MySQL or MariaDB server? If it is, its log may say why it ended the connection.',
    }
  );
}
