import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions, getCACertificates } from 'node:tls';
import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { choice } from '../../../core/parameter-values.ts';
import { checkTlsFiles, type TlsFile } from '../../../core/tls-files.ts';
import type { ParameterName, Parameters } from './parameters.ts';

const modes = ['DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'] as const;
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

export type SslMode = (typeof modes)[number];

/** How a connection is to be encrypted. */
export interface TlsPlan {
  readonly mode: SslMode;
  readonly options: ConnectionOptions;
}

/**
 * Reads the TLS parameters with the meaning that MySQL's clients give them (MySQL documentation, "Command Options for
 * Encrypted Connections"): the server's certificate is checked in the VERIFY modes only, its name in VERIFY_IDENTITY only,
 * and `ssl-ca` alone means VERIFY_CA. One difference: VERIFY_IDENTITY without `ssl-ca` trusts the authorities that the
 * system trusts, as MariaDB's clients do.
 * @throws HoldfastError `usage` for a bad value, `failed` for a file that cannot be used
 */
export async function planTls(parameters: Parameters): Promise<TlsPlan> {
  const read = async (parameter: ParameterName): Promise<TlsFile | undefined> => {
    const path = parameters(parameter);
    return path === undefined
      ? undefined
      : { parameter, path, content: await readParameterFile(parameter, path) };
  };
  const mode = modeOf(parameters);
  if (mode === 'DISABLED') return { mode, options: {} };
  const authority = await read('ssl-ca');
  const ca = authority?.content ?? (mode === 'VERIFY_IDENTITY' ? getCACertificates('system') : undefined);
  if (mode === 'VERIFY_CA' && ca === undefined) {
    throw new HoldfastError('usage', 'ssl-mode=VERIFY_CA needs the certificate of an authority.', {
      hint: 'Name its file with ssl-ca=PATH.',
    });
  }
  const cert = await read('ssl-cert');
  const key = await read('ssl-key');
  if ((cert === undefined) !== (key === undefined)) {
    throw new HoldfastError('usage', 'A client certificate needs both ssl-cert and ssl-key.');
  }
  const passphraseHint = 'Name a key without a passphrase; openssl pkey -in KEY -out PLAIN makes one.';
  checkTlsFiles({ ca: authority, cert, key, passphraseHint });
  return {
    mode,
    options: {
      rejectUnauthorized: mode === 'VERIFY_CA' || mode === 'VERIFY_IDENTITY',
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert: cert.content, key: key?.content }),
      ...versionRange(parameters('tls-version')),
    },
  };
}

/** What TLS needs to know of one host. */
export function tlsOptionsFor(plan: TlsPlan, host: string): ConnectionOptions {
  return {
    ...plan.options,
    ...(isIP(host) === 0 && { servername: host }),
    checkServerIdentity: (_name, certificate) =>
      plan.mode === 'VERIFY_IDENTITY' ? checkServerIdentity(host, certificate) : undefined,
  };
}

function modeOf(parameters: Parameters): SslMode {
  // PostgreSQL's and other drivers' words for the same.
  const synonyms: Readonly<Record<string, SslMode>> = {
    DISABLE: 'DISABLED',
    PREFER: 'PREFERRED',
    REQUIRE: 'REQUIRED',
    VERIFY_FULL: 'VERIFY_IDENTITY',
  };
  const given = parameters('ssl-mode')?.toUpperCase().replaceAll('-', '_');
  const mode = choice('ssl-mode', given === undefined ? undefined : (synonyms[given] ?? given), modes);
  return mode ?? (parameters('ssl-ca') === undefined ? 'PREFERRED' : 'VERIFY_CA');
}

function versionRange(list: string | undefined): ConnectionOptions {
  const allowed = list?.split(',').map((version) => choice('tls-version', version.trim(), versions)!);
  return {
    minVersion: allowed?.includes('TLSv1.2') === false ? 'TLSv1.3' : 'TLSv1.2',
    maxVersion: allowed?.includes('TLSv1.3') === false ? 'TLSv1.2' : 'TLSv1.3',
  };
}

/** @throws HoldfastError `failed` naming parameter and path */
export async function readParameterFile(name: ParameterName, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new HoldfastError('failed', `Cannot read the file of ${name}: ${messageOf(error)}`, {
      hint: `Check the path given as ${name} and its permissions.`,
      cause: error,
    });
  }
}
