import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConnectionOptions, getCACertificates, type SecureVersion } from 'node:tls';
import { HoldfastError, messageOf, systemCodeOf } from '../../../core/errors.ts';
import { choice } from '../../../core/parameter-values.ts';
import { checkTlsFiles, type TlsFile } from '../../../core/tls-files.ts';
import type { Parameters } from './parameters.ts';

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

export type SslMode = (typeof modes)[number];

/** How a connection is to be encrypted, in libpq's terms. */
export interface TlsPlan {
  readonly mode: SslMode;
  /** What to try, in order: the second only when the first is refused. */
  readonly attempts: readonly ('tls' | 'plain')[];
  /** Begin with TLS at once, without asking the server first. */
  readonly direct: boolean;
  readonly options: ConnectionOptions;
}

/**
 * Reads the ssl parameters with libpq's meaning (PostgreSQL documentation, 34.19): the files of `~/.postgresql` are the
 * defaults; the server's certificate is checked in the verify modes and whenever there is a root certificate; its name in
 * verify-full only. One difference: a file that was named and does not exist is always an error.
 * @throws HoldfastError `usage` for a bad value, `failed` for a file that cannot be used
 */
export async function planTls(parameters: Parameters, home: string): Promise<TlsPlan> {
  const rootCertificate = parameters('sslrootcert');
  const system = rootCertificate === 'system';
  const mode = choice('sslmode', parameters('sslmode'), modes) ?? (system ? 'verify-full' : 'prefer');
  if (system && mode !== 'verify-full' && mode !== 'disable') {
    throw new HoldfastError('usage', `sslmode=${mode} is too weak for sslrootcert=system.`, {
      hint: 'Use sslmode=verify-full: anyone can get a certificate from a public authority.',
    });
  }
  const direct = choice('sslnegotiation', parameters('sslnegotiation'), ['postgres', 'direct']) === 'direct';
  if (direct && ['disable', 'allow', 'prefer'].includes(mode)) {
    throw new HoldfastError(
      'usage',
      `sslnegotiation=direct needs an sslmode of require or stronger, not ${mode}.`,
    );
  }
  const options = mode === 'disable' ? {} : await tlsOptions(parameters, home, mode);
  return { mode, attempts: attemptsOf(mode), direct, options };
}

function attemptsOf(mode: SslMode): readonly ('tls' | 'plain')[] {
  if (mode === 'disable') return ['plain'];
  if (mode === 'allow') return ['plain', 'tls'];
  if (mode === 'prefer') return ['tls', 'plain'];
  return ['tls'];
}

async function tlsOptions(parameters: Parameters, home: string, mode: SslMode): Promise<ConnectionOptions> {
  const read = async (name: 'sslrootcert' | 'sslcert' | 'sslkey' | 'sslcrl', file: string) =>
    readParameterFile(name, parameters(name), join(home, file));
  const system = parameters('sslrootcert') === 'system';
  const ca = system ? undefined : await read('sslrootcert', 'root.crt');
  const authorities = system ? getCACertificates('system') : ca?.content;
  if (authorities === undefined && mode.startsWith('verify')) {
    throw new HoldfastError(
      'failed',
      `sslmode=${mode} needs a root certificate, and ${join(home, 'root.crt')} does not exist.`,
      {
        hint: 'Name the file with sslrootcert=PATH, or use sslrootcert=system for certificates of public authorities.',
      },
    );
  }
  const cert = await read('sslcert', 'postgresql.crt');
  const key = cert === undefined ? undefined : await read('sslkey', 'postgresql.key');
  if (cert !== undefined && key === undefined) {
    throw new HoldfastError(
      'failed',
      `There is a client certificate, but its key ${join(home, 'postgresql.key')} does not exist.`,
      {
        hint: 'Name the file with sslkey=PATH.',
      },
    );
  }
  if (key !== undefined) await checkKeyIsPrivate(key.path);
  const crl = authorities === undefined ? undefined : await read('sslcrl', 'root.crl');
  const passphrase = parameters('sslpassword');
  checkTlsFiles({
    ca,
    cert,
    key,
    crl,
    passphrase,
    passphraseHint: 'Give the passphrase as sslpassword, or name a key that has none.',
  });
  const version = (
    name: 'ssl_min_protocol_version' | 'ssl_max_protocol_version',
  ): SecureVersion | undefined => choice(name, parameters(name), versions);
  return {
    rejectUnauthorized: authorities !== undefined,
    ...(authorities !== undefined && { ca: authorities }),
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
    ...(cert !== undefined && { cert: cert.content, key: key?.content }),
    ...(crl !== undefined && { crl: crl.content }),
    passphrase,
    minVersion: version('ssl_min_protocol_version') ?? 'TLSv1.2',
    maxVersion: version('ssl_max_protocol_version'),
  };
}

async function readParameterFile(
  name: string,
  given: string | undefined,
  standard: string,
): Promise<TlsFile | undefined> {
  const path = given ?? standard;
  try {
    return { parameter: name, path, content: await readFile(path) };
  } catch (error) {
    const absent = ['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '');
    if (given === undefined && absent) return undefined;
    throw new HoldfastError('failed', `Cannot read the file of ${name}: ${messageOf(error)}`, {
      hint: `Check the path given as ${name} (or PG${name.toUpperCase()}) and its permissions.`,
      cause: error,
    });
  }
}

async function checkKeyIsPrivate(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode, uid } = await stat(path);
  // A key that root owns may be read by a group, as libpq has it.
  if ((mode & (uid === 0 ? 0o037 : 0o077)) === 0) return;
  throw new HoldfastError('failed', `The private key ${path} may be read by others.`, {
    hint: `Run: chmod 600 ${path}`,
  });
}
