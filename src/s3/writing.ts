import { inputOf, needsEncoding } from './attributes.ts';
import { ServiceError } from './errors.ts';
import { contentMd5 } from './md5.ts';
import { headObject, openObject } from './reading.ts';
import type { Service } from './service.ts';
import type { ObjectAttributes, WriteOptions } from './types.ts';

/** What a service may answer to a header that it does not take. */
const REFUSALS = new Set([400, 403]);

/** Makes a write that has attributes, in a form that the service takes; a service without tags gets none, with a warning. */
export async function withAttributes<Result extends object>(
  service: Service,
  attributes: ObjectAttributes,
  write: (input: ReturnType<typeof inputOf>) => Promise<Result>,
): Promise<Result> {
  if (attributes.tags !== undefined) {
    const { tags: _, ...others } = attributes;
    if (!service.takesTags) return withAttributes(service, others, write);
    try {
      return await withText(service, attributes, write);
    } catch (error) {
      if (!(error instanceof ServiceError && error.reason === 'NotImplemented')) throw error;
      const result = await withText(service, others, write);
      // Of several requests at a time the first says so.
      if (service.takesTags)
        service.warning(`${service.urlOf('')} keeps no tags: objects are written without`);
      service.takesTags = false;
      return result;
    }
  }
  return withText(service, attributes, write);
}

/** User metadata that is not ASCII is sent as UTF-8, or encoded (RFC 2047) where that is known to be what the service does. */
async function withText<Result extends object>(
  service: Service,
  attributes: ObjectAttributes,
  write: (input: ReturnType<typeof inputOf>) => Promise<Result>,
): Promise<Result> {
  const isEncoded = service.encodesMetadata || !service.takesUtf8;
  try {
    return await write(inputOf(attributes, isEncoded));
  } catch (error) {
    if (isEncoded || !needsEncoding(attributes) || !REFUSALS.has(statusOf(error) ?? 0)) throw error;
    const result = await write(inputOf(attributes, true)).catch(() => undefined);
    if (result === undefined) throw error;
    service.takesUtf8 = false;
    service.detail(
      'the service takes user metadata in ASCII only: other text is encoded as in mails (RFC 2047)',
    );
    return result;
  }
}

function statusOf(error: unknown): number | undefined {
  const cause =
    error instanceof Error
      ? (error.cause as { $metadata?: { httpStatusCode?: number } } | undefined)
      : undefined;
  return cause?.$metadata?.httpStatusCode;
}

/** Writes a small object in one request. */
export async function putObject(
  service: Service,
  key: string,
  bytes: Uint8Array,
  { attributes = {}, ifAbsent = false, signal }: WriteOptions = {},
): Promise<{ etag: string }> {
  if (ifAbsent) await demandAbsence(service, key, signal);
  return withAttributes(service, attributes, (input) =>
    service.send({
      verb: 'write',
      permission: attributes.tags === undefined ? 's3:PutObject' : 's3:PutObject and s3:PutObjectTagging',
      key,
      signal,
      request: async (client, options) => {
        const command = new service.sdk.PutObjectCommand({
          Bucket: service.bucket,
          Key: key,
          Body: bytes,
          ContentMD5: contentMd5(bytes),
          IfNoneMatch: ifAbsent && service.knowsConditions ? '*' : undefined,
          ...input,
        });
        const { ETag } = await client.send(command, options);
        return { etag: service.demandEtag(ETag) };
      },
      settle: async ({ code }, hasRetried) => {
        if (
          ifAbsent &&
          code === 'NotImplemented' &&
          service.knowsConditions &&
          attributes.tags === undefined
        ) {
          service.knowsConditions = false;
          return putObject(service, key, bytes, { attributes, ifAbsent, ...(signal && { signal }) });
        }
        if (!ifAbsent || code !== 'PreconditionFailed') return undefined;
        const written = hasRetried ? await findSame(service, key, bytes) : undefined;
        if (written === undefined) throw service.existing(key);
        return written;
      },
    }),
  );
}

/** @throws ExistingObject */
export async function demandAbsence(service: Service, key: string, signal?: AbortSignal): Promise<void> {
  if ((await headObject(service, key, signal)) !== null) throw service.existing(key);
}

/** The object under a key when it holds just these bytes: one that was written although the answer was lost. */
async function findSame(
  service: Service,
  key: string,
  bytes: Uint8Array,
): Promise<{ etag: string } | undefined> {
  const { size, etag, content } = await openObject(service, key);
  if (size !== bytes.length) {
    content.destroy();
    return undefined;
  }
  const found = Buffer.concat((await content.toArray()) as Buffer[]);
  return found.equals(bytes) ? { etag } : undefined;
}
