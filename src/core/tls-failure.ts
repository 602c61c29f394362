import { messageOf, systemCodeOf } from './errors.ts';
import type { FailureReason } from './network-failure.ts';
import { printable } from './printable.ts';

/** What to do about each fault of TLS, in the words of one kind of server. */
export interface TlsHints {
  readonly otherName: string;
  readonly untrusted: string;
  readonly other: string;
}

/**
 * What an error of TLS says of a connection, by its code.
 * Source: Node's documentation of TLS, "X509 certificate error codes", and of errors, "OpenSSL Error Codes"
 */
export function tlsFailure(error: unknown, hints: TlsHints): FailureReason | undefined {
  const code = systemCodeOf(error) ?? '';
  const reason = tlsReason(messageOf(error));
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { why: `the server's certificate is for another name. ${reason}`, hint: hints.otherName };
  }
  if (/^(DEPTH_ZERO_)?SELF_SIGNED|^UNABLE_TO_|^CERT_|^INVALID_CA|^HOSTNAME_MISMATCH|^CRL_/.test(code)) {
    return { why: `the server's certificate is not trusted: ${reason}.`, hint: hints.untrusted };
  }
  if (/^ERR_(SSL|TLS|OSSL)|^EPROTO/.test(code)) {
    return { why: `TLS failed: ${openSslReason(error) ?? reason}.`, hint: hints.other };
  }
  return undefined;
}

/** Of an error of OpenSSL its reason alone, without places in its sources. */
function openSslReason(error: unknown): string | undefined {
  const isTold = error instanceof Error && 'reason' in error && typeof error.reason === 'string';
  return isTold ? printable(error.reason as string) : undefined;
}

/** A message of TLS without the advice that Node appends for its own command line: `…; if the root CA is …`. */
export function tlsReason(message: string): string {
  return printable(message.replace(/; if the root CA .*$/s, ''));
}
