import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { contentMd5 } from './md5.ts';

/** As much of what the SDK's middleware gets as is touched. */
interface Step {
  readonly input: object;
  readonly request: unknown;
}

interface WireRequest {
  readonly headers: Record<string, string>;
  body?: unknown;
}

/** A parameter of ours for commands that write: the header `expires` as text. The SDK's own takes dates only. */
export const EXPIRES_TEXT = 'ExpiresText';

/** Changes what the SDK would send, where services or objects want it otherwise. */
export function prepareWire(client: S3Client): void {
  const { middlewareStack } = client;
  middlewareStack.add(
    <Args extends Step, Result>(next: (args: Args) => Result, context: { readonly commandName?: string }) =>
      (args: Args): Result => {
        const request = args.request as WireRequest;
        if (EXPIRES_TEXT in args.input) request.headers['expires'] = String(args.input[EXPIRES_TEXT]);
        if (context.commandName === 'DeleteObjectsCommand') useMd5(request);
        return next(args);
      },
    { step: 'build', priority: 'low', name: 'prepareHeaders' },
  );
  middlewareStack.addRelativeTo(
    <Args extends Step, Result>(next: (args: Args) => Result) =>
      (args: Args): Result => {
        sendAsUtf8(args.request as WireRequest);
        return next(args);
      },
    { name: 'sendAsUtf8', relation: 'after', toMiddleware: 'httpSigningMiddleware' },
  );
}

/**
 * Puts the body's MD5 in place of the checksum that the SDK insists on, which services of before 2025 refuse; not where the user
 * asks for such checksums.
 */
function useMd5({ headers, body }: WireRequest): void {
  if (process.env['AWS_REQUEST_CHECKSUM_CALCULATION']) return;
  const md5 = typeof body === 'string' || body instanceof Uint8Array ? contentMd5(body) : undefined;
  if (md5 === undefined) return;
  headers['content-md5'] = md5;
  for (const name of Object.keys(headers)) {
    if (/^x-amz-(checksum-|sdk-checksum-algorithm$)/i.test(name)) delete headers[name];
  }
}

/**
 * Makes header values that are not ASCII go out as UTF-8, which is what they have been signed as. Node sends a character for
 * a byte, so the bytes are put into characters.
 */
function sendAsUtf8(request: WireRequest): void {
  for (const [name, value] of Object.entries(request.headers)) {
    if (isAscii(value)) continue;
    request.headers[name] = Buffer.from(value, 'utf8').toString('latin1');
    // Where Node knows the body's length by itself it decodes this header from UTF-8 on its own account.
    if (name.toLowerCase() === 'content-disposition' && request.body instanceof Uint8Array) {
      request.body = Readable.from([request.body]);
    }
  }
}

/** The text of a header that Node gave a character for a byte: UTF-8 where it is that. */
export function headerText(value: string): string {
  if (isAscii(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

export function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- the range of ASCII
  return /^[\u0000-\u007f]*$/.test(text);
}
