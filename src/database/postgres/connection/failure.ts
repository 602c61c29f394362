import { HoldfastError, messageOf, systemCodeOf } from '../../../core/errors.ts';
import { type FailureReason, networkFailure } from '../../../core/network-failure.ts';
import { printable } from '../../../core/printable.ts';
import { tlsFailure } from '../../../core/tls-failure.ts';
import type { ConnectionConfig, HostConfig } from './config.ts';

/** What PostgreSQL says of an error (protocol documentation, "Error and Notice Message Fields"). */
export interface ServerError extends Error {
  /** The SQLSTATE: five letters or digits. */
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Where in the statement, in characters from 1. */
  readonly position?: string;
  readonly where?: string;
}

/** True for an error that the server sent, not one of the connection. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && /^[0-9A-Z]{5}$/.test(systemCodeOf(error) ?? '') && 'severity' in error;
}

/** The SQLSTATE of a server's error, also of one that a HoldfastError was made from. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof HoldfastError) return sqlStateOf(error.cause);
  return isServerError(error) ? error.code : undefined;
}

/** A server's error with its detail, for a message: on one line, for it quotes names and values. */
export function serverMessage(error: unknown): string {
  if (!isServerError(error)) return messageOf(error);
  return printable([error.message, error.detail && `(${error.detail})`].filter(Boolean).join(' '));
}

/** The server as messages name it. */
export function describeServer(host: Pick<HostConfig, 'host' | 'port'>): string {
  if (host.host.startsWith('/')) return `${host.host}/.s.PGSQL.${host.port}`;
  return host.host.includes(':') ? `[${host.host}]:${host.port}` : `${host.host}:${host.port}`;
}

/** An error while connecting, as a HoldfastError that names server, database and user and says what to do. */
export function connectFailure(error: unknown, host: HostConfig, config: ConnectionConfig): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const where = `database "${config.database}" at ${describeServer(host)} as user "${config.user}"`;
  const { why, hint } = isServerError(error) ? refusal(error, config) : breakdown(error, host, config);
  return new HoldfastError('failed', `Cannot connect to ${where}: ${why}`, {
    ...(hint && { hint }),
    cause: error,
  });
}

/** What the server answered, by SQLSTATE. */
function refusal(error: ServerError, config: ConnectionConfig): FailureReason {
  const why = serverMessage(error);
  switch (error.code) {
    case '28P01':
      return { why, hint: 'Check the password in the URL, in PGPASSWORD or in the password file (.pgpass).' };
    case '28000':
      if (/pg_hba\.conf/.test(why)) {
        const hint = "Allow this user, database and host in the server's pg_hba.conf; try another sslmode.";
        return { why, hint };
      }
      return {
        why,
        hint: `Check the user name. CREATE ROLE "${config.user}" LOGIN makes a missing role, ALTER ROLE one that may log in.`,
      };
    case '3D000':
      return {
        why,
        hint: `Check the name at the end of the URL, or make it: CREATE DATABASE "${config.database}".`,
      };
    case '53300':
      return {
        why,
        hint: 'Use fewer connections with --jobs, or raise max_connections, or the CONNECTION LIMIT of database or role.',
      };
    case '55000':
      return { why, hint: `ALTER DATABASE "${config.database}" ALLOW_CONNECTIONS true lets it.` };
    case '57P03':
      return { why, hint: 'Wait until the server is up, then try again.' };
    case '42501':
      return { why, hint: `GRANT CONNECT ON DATABASE "${config.database}" TO "${config.user}".` };
    default:
      return { why, ...(error.hint && { hint: error.hint }) };
  }
}

const tlsHints = {
  otherName: 'Connect by the name in the certificate, or use sslmode=verify-ca.',
  untrusted:
    'Name the certificate of the authority that signed it with sslrootcert=PATH (or sslrootcert=system).',
  other: 'Check sslcert, sslkey, sslrootcert and the protocol versions.',
};

/** What broke before the server could answer. */
function breakdown(error: unknown, host: HostConfig, config: ConnectionConfig): FailureReason {
  const message = messageOf(error);
  switch (systemCodeOf(error) ?? '') {
    case 'ECONNREFUSED':
      return {
        why: 'the connection was refused.',
        hint: `Is the server running there, and does it listen on ${describeServer(host)} (listen_addresses, port)?`,
      };
    case 'ENOENT':
      return {
        why: 'there is no such socket.',
        hint: 'Is the server running, and is this its socket folder?',
      };
    case 'ETIMEDOUT':
      return {
        why: 'it did not answer in time.',
        hint: 'Check the address and firewalls between here and there.',
      };
  }
  if (message === 'timeout expired') {
    return {
      why: `no connection within ${config.timeoutSeconds} seconds.`,
      hint: 'Check the address and firewalls; connect_timeout=SECONDS in the URL allows more time.',
    };
  }
  if (message === 'The server does not support SSL connections') {
    return {
      why: `the server does not support TLS, and sslmode=${config.tls.mode} asks for it.`,
      hint: 'Turn TLS on at the server (ssl = on), or use sslmode=prefer or sslmode=disable on a network you trust.',
    };
  }
  return (
    networkFailure(error) ??
    tlsFailure(error, tlsHints) ?? {
      why: `${message.replace(/\.$/, '')}.`,
      hint: 'Is that a PostgreSQL server? If it is, its log may say why it ended the connection.',
    }
  );
}
