import { expect, it } from 'vitest';
import { tlsFailure } from '../../src/core/tls-failure.ts';

const hints = { otherName: 'name', untrusted: 'authority', other: 'files' };

/** As Node 26 has them. */
it.each([
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
    "the server's certificate is not trusted: unable to verify the first certificate.",
    'authority',
  ],
  [
    'CERT_HAS_EXPIRED',
    'certificate has expired',
    "the server's certificate is not trusted: certificate has expired.",
    'authority',
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    "Hostname/IP does not match certificate's altnames: IP: ::1 is not in the cert's list: ",
    "the server's certificate is for another name. Hostname/IP does not match certificate's altnames: IP: ::1 is not in the cert's list: ",
    'name',
  ],
])('tells %s', (code, message, why, hint) => {
  expect(tlsFailure(Object.assign(new Error(message), { code }), hints)).toEqual({ why, hint });
});

it('tells the reason of an error of OpenSSL without places in its sources', () => {
  const message =
    '80DB:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:../deps/x.c:1:\n';
  const error = Object.assign(new Error(message), {
    code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    reason: 'sslv3 alert handshake failure',
  });
  expect(tlsFailure(error, hints)).toEqual({
    why: 'TLS failed: sslv3 alert handshake failure.',
    hint: 'files',
  });
});

it('leaves what is not of TLS to others', () => {
  expect(
    tlsFailure(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), hints),
  ).toBeUndefined();
});
