import { systemCodeOf } from '../core/errors.ts';

/** What is known of a request that failed. */
export interface Failure {
  /** The code of S3's error, as `NoSuchBucket`; where the answer has none, the name of the error that was thrown. */
  readonly code: string;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** The system's or Node's code, where no answer came: `ECONNREFUSED`. */
  readonly systemCode: string | undefined;
  readonly message: string;
  /** The region that the service names as the right one. */
  readonly region: string | undefined;
  /** How many seconds the service asks to wait. */
  readonly retryAfter: number | undefined;
  /** True when the answer is none of an S3 service: a web page. */
  readonly isForeign: boolean;
  /** True when the SDK has learnt the service's time from the answer. */
  readonly isClockSet: boolean;
  /** The SDK's error without what it keeps of requests and answers, which may hold secrets. */
  readonly cause: Error;
}

interface ServiceException {
  readonly name?: string;
  readonly message?: string;
  readonly Code?: string;
  readonly Region?: string;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly clockSkewCorrected?: boolean;
  };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>>; readonly statusCode?: number };
}

/** What an answer is called that lacks what every S3 service says. */
const FOREIGN = 'ForeignAnswer';

/** An answer without what every S3 service says. */
export function foreignAnswer(message: string): Error {
  return Object.assign(new Error(message), { name: FOREIGN, $metadata: { httpStatusCode: 200 } });
}

/** Names that the SDK gives to answers without a code: those to HEAD, and bodies that cannot be read. */
const NAMELESS = new Set([
  'Error',
  'Unknown',
  'UnknownError',
  'S3ServiceException',
  'SyntaxError',
  'TypeError',
  '403',
  '301',
  '400',
]);

/** Source: "Error responses" of the Amazon S3 API reference; services answer HEAD requests without a body. */
const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  400: 'BadRequest',
  403: 'AccessDenied',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
  429: 'SlowDown',
  501: 'NotImplemented',
  503: 'SlowDown',
  507: 'QuotaExceeded',
};

/** Reads what was thrown while a request was made. */
export function failureOf(error: unknown): Failure {
  const exception = (typeof error === 'object' && error !== null ? error : {}) as ServiceException;
  const headers = exception.$response?.headers ?? {};
  const status = exception.$metadata?.httpStatusCode ?? exception.$response?.statusCode;
  const given = exception.Code ?? exception.name ?? 'Error';
  const code = (NAMELESS.has(given) && status !== undefined ? CODE_OF_STATUS[status] : undefined) ?? given;
  const message = plain(exception.message ?? String(error));
  const systemCode = systemCodeOf(firstWithCode(error));
  const retryAfter = Number(headers['retry-after']);
  const cause = new Error(
    message,
    error instanceof Error && error.cause !== undefined ? { cause: error.cause } : undefined,
  );
  return {
    code,
    status,
    systemCode: status === undefined ? systemCode : undefined,
    message,
    region: headers['x-amz-bucket-region'] ?? exception.Region,
    retryAfter: retryAfter > 0 ? retryAfter : undefined,
    isForeign: code === FOREIGN || (status !== undefined && /html/i.test(headers['content-type'] ?? '')),
    isClockSet: exception.$metadata?.clockSkewCorrected === true,
    cause: Object.assign(cause, {
      name: code,
      ...(status === undefined
        ? {}
        : { $metadata: { httpStatusCode: status, requestId: exception.$metadata?.requestId } }),
    }),
  };
}

/** Without what the SDK adds for programmers. */
function plain(message: string): string {
  if (message === 'UnknownError') return '';
  const own = message.split('\n  Deserialization error')[0] ?? '';
  return own
    .replace(/^@smithy\/node-http-handler - /, '')
    .replace(/ \((configured by|service default).*\)\.?$/, '');
}

/** Connections to a host with several addresses fail with an AggregateError. */
function firstWithCode(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AggregateError && systemCodeOf(at) === undefined) return firstWithCode(at.errors[0]);
    if (systemCodeOf(at) !== undefined) return at;
  }
  return error;
}
