import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { expect, it } from 'vitest';
import { checkTlsFiles } from '../../src/core/tls-files.ts';

// A certificate and its own key: the tests of connections have them.

/** A private key of nobody's certificate. */
function key(passphrase?: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher });
}

function certificate(kind: 'rsa' | 'ec'): string {
  return rootCertificates.find((pem) => new X509Certificate(pem).publicKey.asymmetricKeyType === kind)!;
}

const files: Readonly<Record<string, string>> = {
  rsa: certificate('rsa'),
  ec: certificate('ec'),
  other: key(),
  locked: key('open'),
  garbage: 'garbage\n',
  empty: '',
};

function check(names: Readonly<Record<string, string>>, passphrase?: string): void {
  const entries = Object.entries(names).map(([role, name]) => {
    return [role, { parameter: role, path: `/etc/${name}`, content: Buffer.from(files[name]!) }];
  });
  checkTlsFiles({ ...Object.fromEntries(entries), passphrase, passphraseHint: 'Give it.' });
}

it('takes what fits', () => {
  check({});
  check({ ca: 'rsa', cert: 'rsa' });
  check({ key: 'locked' }, 'open');
});

it.each([
  [{ ca: 'garbage' }, 'garbage (ca) holds no certificate in PEM format.'],
  [{ ca: 'empty' }, 'empty (ca) holds no certificate in PEM format.'],
  [{ ca: 'other' }, 'other (ca) holds no certificate in PEM format.'],
  [{ cert: 'other', key: 'other' }, 'other (cert) holds no certificate in PEM format.'],
  [{ cert: 'rsa', key: 'garbage' }, 'garbage (key) holds no private key in PEM format.'],
  [{ cert: 'rsa', key: 'rsa' }, 'rsa (key) holds no private key in PEM format.'],
  [{ cert: 'rsa', key: 'locked' }, 'locked (key) holds an encrypted key, and no passphrase was given.'],
  [{ cert: 'rsa', key: 'other' }, 'other (key) is not the key of the certificate in'],
  [{ cert: 'ec', key: 'other' }, 'other (key) is not the key of the certificate in'],
  [{ ca: 'rsa', crl: 'rsa' }, 'rsa (crl) holds no list of revoked certificates in PEM format.'],
])('refuses %o', (names, why) => {
  expect(() => check(names)).toThrow(
    expect.objectContaining({ code: 'failed', message: expect.stringContaining(`/etc/${why}`) }),
  );
});

it('does not tell a wrong passphrase', () => {
  expect(() => check({ key: 'locked' }, 's3cret')).toThrow(
    expect.objectContaining({
      message: '/etc/locked (key) holds an encrypted key, and the passphrase does not open it.',
      hint: 'Give it.',
    }),
  );
});
