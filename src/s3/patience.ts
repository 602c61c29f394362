import type { Failure } from './failure.ts';
import type { Patience } from './retry.ts';

/** Source: "Error responses" of the Amazon S3 API reference, and what other services answer when they are busy. */
const PASSING_CODES = new Set([
  'SlowDown',
  'SlowDownRead',
  'SlowDownWrite',
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'ServiceUnavailable',
  'ServerBusy',
  'Busy',
  'RequestTimeout',
  'RequestTimeoutException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequests',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
  'OperationAborted',
  'ConditionalRequestConflict',
  'IncompleteBody',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'TimeoutError',
]);

const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

const PASSING_SYSTEM_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'EADDRNOTAVAIL',
]);

/** Failures that mean a wrong address rather than a moment's trouble while the host has not answered yet. */
const ADDRESS_CODES = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/** How often a request may be made that failed this way: not again, shortly, or with patience. */
export function patienceFor(failure: Failure, hasAnswered: boolean): Patience {
  const { code, status, systemCode, isForeign } = failure;
  if (status === undefined) {
    if (systemCode !== undefined && ADDRESS_CODES.has(systemCode) && !hasAnswered) {
      return systemCode === 'ENOTFOUND' ? 'none' : 'short';
    }
    if (code === 'TimeoutError' && !hasAnswered) return 'short';
    const isPassing =
      (systemCode !== undefined && PASSING_SYSTEM_CODES.has(systemCode)) || PASSING_CODES.has(code);
    return isPassing || isBrokenAnswer(failure) ? 'long' : 'none';
  }
  if (status === 507) return 'none';
  if (failure.isClockSet) return 'short';
  if (PASSING_CODES.has(code) || PASSING_STATUS.has(status)) return 'long';
  return status < 300 && !isForeign ? 'long' : 'none';
}

/** Node's words for an answer that was cut, where it has no code for that. */
function isBrokenAnswer({ code, message, systemCode }: Failure): boolean {
  if (systemCode?.startsWith('HPE_')) return true;
  return code === 'Error' && /^(aborted|socket hang up|premature close)/i.test(message);
}
