import { Readable } from 'node:stream';
import { HoldfastError } from '../core/errors.ts';
import { completeUpload } from './completion.ts';
import { contentMd5, startMd5 } from './md5.ts';
import type { Service } from './service.ts';
import type { MultipartUpload, PartSource, UploadedPart, WriteOptions } from './types.ts';
import { withAttributes } from './writing.ts';

/** Names of the checksums that a service may keep of a part. */
const CHECKSUMS = [
  'ChecksumCRC32',
  'ChecksumCRC32C',
  'ChecksumCRC64NVME',
  'ChecksumSHA1',
  'ChecksumSHA256',
] as const;

type Checksums = { readonly [Name in (typeof CHECKSUMS)[number]]?: string | undefined };

/** Begins a multipart upload. */
export async function beginUpload(
  service: Service,
  key: string,
  { attributes = {}, signal }: WriteOptions = {},
): Promise<MultipartUpload> {
  const { UploadId: id = '' } = await withAttributes(service, attributes, (input) =>
    service.send({
      verb: 'begin an upload of',
      permission: attributes.tags === undefined ? 's3:PutObject' : 's3:PutObject and s3:PutObjectTagging',
      key,
      signal,
      request: async (client, options) => {
        const command = new service.sdk.CreateMultipartUploadCommand({
          Bucket: service.bucket,
          Key: key,
          // Parts come with the SDK's checksums only where the upload was announced so.
          ...((await client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED'
            ? { ChecksumAlgorithm: 'CRC32' }
            : {}),
          ...input,
        });
        return client.send(command, options);
      },
    }),
  );
  /** How many bytes each part has that was sent. */
  const sizes = new Map<number, number>();
  return {
    key,
    id,
    sendPart: async (number, content) => {
      const part = await sendPart(service, { key, id, number, content, signal });
      sizes.set(number, content instanceof Uint8Array ? content.length : content.bytes);
      return part;
    },
    complete: (parts, { ifAbsent = false } = {}) =>
      completeUpload(service, { key, id, parts, ifAbsent, signal, size: sizeOf(parts, sizes) }),
    abort: () => abortUpload(service, { key, id }),
  };
}

interface SentPart {
  readonly key: string;
  readonly id: string;
  readonly number: number;
  readonly content: Uint8Array | PartSource;
  readonly signal: AbortSignal | undefined;
}

async function sendPart(
  service: Service,
  { key, id, number, content, signal }: SentPart,
): Promise<UploadedPart> {
  const md5 = await md5Of(content);
  return service.send({
    verb: `send part ${number} of`,
    permission: 's3:PutObject',
    key,
    signal,
    request: async (client, options) => {
      const isSource = !(content instanceof Uint8Array);
      const body = isSource ? Readable.from(content.open()) : content;
      // The SDK does not listen for errors of what it sends.
      const failed = new Promise<never>((_resolve, reject) => {
        if (body instanceof Readable)
          body.on('error', (error) => reject(unreadable(service, key, number, error)));
      });
      const command = new service.sdk.UploadPartCommand({
        Bucket: service.bucket,
        Key: key,
        UploadId: id,
        PartNumber: number,
        Body: body,
        ContentMD5: md5,
        ...(isSource ? { ContentLength: content.bytes } : {}),
      });
      try {
        const answer = await Promise.race([client.send(command, options), failed]);
        const checksums = checksumsOf(answer);
        return {
          number,
          etag: service.demandEtag(answer.ETag),
          ...(checksums === undefined ? {} : { checksums }),
        };
      } finally {
        if (body instanceof Readable) body.destroy();
      }
    },
  });
}

function unreadable(service: Service, key: string, number: number, error: Error): HoldfastError {
  if (error instanceof HoldfastError) return error;
  return new HoldfastError(
    'failed',
    `Part ${number} of ${service.urlOf(key)} cannot be read to be sent: ${error.message}`,
    {
      cause: error,
    },
  );
}

async function md5Of(content: Uint8Array | PartSource): Promise<string | undefined> {
  if (content instanceof Uint8Array) return contentMd5(content);
  if (content.md5 !== undefined) return content.md5;
  const hash = startMd5();
  if (hash === undefined) return undefined;
  for await (const chunk of content.open()) hash.update(chunk);
  return hash.digest('base64');
}

/** What a service says of a part's checksums, if anything. */
export function checksumsOf(answer: Checksums | undefined): Record<string, string> | undefined {
  const found = CHECKSUMS.flatMap((name) => (answer?.[name] === undefined ? [] : [[name, answer[name]]]));
  return found.length === 0 ? undefined : (Object.fromEntries(found) as Record<string, string>);
}

function sizeOf(parts: readonly UploadedPart[], sizes: ReadonlyMap<number, number>): number | undefined {
  const known = parts.map(({ number }) => sizes.get(number));
  return known.includes(undefined) ? undefined : known.reduce<number>((sum, size = 0) => sum + size, 0);
}

/** Ends a multipart upload that was not completed, and removes its parts. Does nothing when there is none any more. */
export async function abortUpload(
  service: Service,
  { key, id }: { readonly key: string; readonly id: string },
): Promise<void> {
  await service.send<unknown>({
    verb: 'abort the upload of',
    permission: 's3:AbortMultipartUpload',
    key,
    isCleanup: true,
    request: (client, options) =>
      client.send(
        new service.sdk.AbortMultipartUploadCommand({ Bucket: service.bucket, Key: key, UploadId: id }),
        options,
      ),
    settle: async ({ code }) => (code === 'NoSuchUpload' || code === 'NotFound' ? {} : undefined),
  });
}
