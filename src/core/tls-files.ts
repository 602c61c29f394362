import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { HoldfastError } from './errors.ts';

/** A file for TLS, in PEM format. */
export interface TlsFile {
  /** The parameter that names it. */
  readonly parameter: string;
  readonly path: string;
  readonly content: Buffer;
}

export interface TlsFiles {
  /** Certificates of authorities. */
  readonly ca?: TlsFile | undefined;
  /** The client's certificate. */
  readonly cert?: TlsFile | undefined;
  /** Its private key. */
  readonly key?: TlsFile | undefined;
  /** Certificates that were revoked. */
  readonly crl?: TlsFile | undefined;
  readonly passphrase?: string | undefined;
  /** What to do about a private key that its passphrase does not open. */
  readonly passphraseHint: string;
}

/**
 * Checks files for TLS before there is a connection: what TLS says of them in the middle of one sounds like a fault of the
 * server's, and of a file without an authority it says nothing.
 * @throws HoldfastError `failed` naming the file
 */
export function checkTlsFiles({ ca, cert, key, crl, passphrase, passphraseHint }: TlsFiles): void {
  if (
    ca !== undefined &&
    !/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/.test(ca.content.toString('latin1'))
  ) {
    throw unusable(ca, 'holds no certificate in PEM format');
  }
  if (cert !== undefined && !isTaken({ cert: cert.content })) {
    throw unusable(cert, 'holds no certificate in PEM format');
  }
  if (key !== undefined && !isTaken({ key: key.content, passphrase })) {
    if (!key.content.includes('ENCRYPTED')) throw unusable(key, 'holds no private key in PEM format');
    const why = passphrase === undefined ? 'no passphrase was given' : 'the passphrase does not open it';
    throw unusable(key, `holds an encrypted key, and ${why}`, passphraseHint);
  }
  if (cert !== undefined && key !== undefined) {
    // TLS would take an RSA certificate and another's EC key, each by itself.
    const privateKey = createPrivateKey({ key: key.content, passphrase });
    if (!new X509Certificate(cert.content).checkPrivateKey(privateKey))
      throw unusable(key, `is not the key of the certificate in ${cert.path} (${cert.parameter})`);
  }
  if (crl !== undefined && !isTaken({ crl: crl.content })) {
    throw unusable(crl, 'holds no list of revoked certificates in PEM format');
  }
}

function isTaken(options: SecureContextOptions): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}

function unusable(
  { parameter, path }: TlsFile,
  what: string,
  hint = `Check the path given as ${parameter}.`,
): HoldfastError {
  return new HoldfastError('failed', `${path} (${parameter}) ${what}.`, { hint });
}
