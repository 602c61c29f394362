import type { Readable } from 'node:stream';
import { HoldfastError } from '../core/errors.ts';
import { type AnswerHeaders, factsOf } from './attributes.ts';
import { ChangedObject, MissingObject } from './errors.ts';
import { failureOf, foreignAnswer } from './failure.ts';
import { ResumingBody } from './resuming-body.ts';
import type { Service } from './service.ts';
import type { ObjectFacts, OpenedObject, ReadOptions } from './types.ts';

const GET = { verb: 'read', permission: 's3:GetObject' };

/** What there is under a key; null when there is nothing. */
export async function headObject(
  service: Service,
  key: string,
  signal?: AbortSignal,
): Promise<ObjectFacts | null> {
  const found = await service.send<ObjectFacts | 'nothing'>({
    ...GET,
    key,
    signal,
    request: async (client, options) => {
      const command = new service.sdk.HeadObjectCommand({ Bucket: service.bucket, Key: key });
      const answer = await client.send(command, options);
      return factsOf(key, answer.ContentLength ?? 0, demandFacts(answer), service.encodesMetadata);
    },
    settle: async ({ code, status }) => {
      if (code === 'NotFound' || code === 'NoSuchKey') return 'nothing';
      return status === 400 || status === 403 ? findReason(service, key, signal) : undefined;
    },
  });
  if (found !== 'nothing') return found;
  await service.demandBucket(signal);
  return null;
}

/** Asks for an object's first byte, for answers to HEAD have no room for the reason why it is refused, and these have. */
async function findReason(
  service: Service,
  key: string,
  signal?: AbortSignal,
): Promise<'nothing' | undefined> {
  const range = { start: 0, end: 1 };
  try {
    const { body } = await request(service, key, { range, ...(signal && { signal }) });
    body.destroy();
    return undefined;
  } catch (error) {
    if (error instanceof MissingObject) return 'nothing';
    throw error;
  }
}

/** Opens an object, or a range of it. What breaks while it is read is asked for again. */
export async function openObject(
  service: Service,
  key: string,
  options: ReadOptions = {},
): Promise<OpenedObject> {
  const { range, signal } = options;
  if (range !== undefined && range.end <= range.start) {
    throw new HoldfastError('usage', `A range of no bytes was asked of ${service.urlOf(key)}.`);
  }
  const { facts, body, length } = await request(service, key, options);
  // Without an ETag nothing tells whether the rest is of the same state.
  const { etag } = facts;
  const start = range?.start ?? 0;
  const content = new ResumingBody({
    body,
    length,
    reopen: async (from) => {
      const rest = { start: start + from, end: start + length };
      return (await request(service, key, { range: rest, etag, ...(signal && { signal }) })).body;
    },
    onBreak: (error, read, idle) =>
      service.tellTrouble(
        `reading ${service.urlOf(key)} broke off after ${read} of ${length} bytes: ${error.message}`,
        idle,
      ),
    explain: (error) => service.explain({ ...GET, key }, failureOf(error)),
    idleTimeout: service.idleTimeout,
    signal: signal === undefined ? service.signal : AbortSignal.any([signal, service.signal]),
  });
  return { ...facts, content };
}

interface Answer {
  readonly facts: ObjectFacts;
  readonly body: Readable;
  /** How many bytes the body has. */
  readonly length: number;
}

function request(service: Service, key: string, { range, etag, signal }: ReadOptions): Promise<Answer> {
  return service.send({
    ...GET,
    key,
    signal,
    request: async (client, options) => {
      const command = new service.sdk.GetObjectCommand({
        Bucket: service.bucket,
        Key: key,
        Range: range && `bytes=${range.start}-${range.end - 1}`,
        IfMatch: etag || undefined,
      });
      const answer = await client.send(command, options);
      const body = answer.Body as Readable;
      const length = answer.ContentLength ?? 0;
      // Some services do not know If-Match.
      if (etag && answer.ETag !== etag) {
        body.destroy();
        throw new ChangedObject(`Cannot read ${service.urlOf(key)}: it has changed in the meantime.`, {
          hint: 'Run it again while nobody writes there.',
        });
      }
      const part = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.ContentRange ?? '');
      if (range !== undefined && Number(part?.[1]) !== range.start) {
        body.destroy();
        throw new HoldfastError(
          'failed',
          `Cannot read a range of ${service.urlOf(key)}: the service sent something else.`,
          {
            hint: 'The service or a proxy in between does not know range requests.',
          },
        );
      }
      const size = part === null ? length : Number(part[2]);
      return { facts: factsOf(key, size, demandFacts(answer), service.encodesMetadata), body, length };
    },
  });
}

/** Every S3 service gives an ETag; a web server that is asked for a page may not. */
function demandFacts<Headers extends AnswerHeaders>(headers: Headers): Headers {
  if (headers.ETag) return headers;
  throw foreignAnswer('the answer has no ETag');
}

/** An object's tags. @throws ServiceError `AccessDenied`, `NotImplemented`, … where the service has none or they may not be read */
export async function readTags(service: Service, key: string): Promise<Record<string, string>> {
  const { TagSet = [] } = await service.send({
    verb: 'read the tags of',
    permission: 's3:GetObjectTagging',
    key,
    request: (client, options) =>
      client.send(new service.sdk.GetObjectTaggingCommand({ Bucket: service.bucket, Key: key }), options),
  });
  return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
}
