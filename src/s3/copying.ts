import { HoldfastError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { completeUpload } from './completion.ts';
import { ChangedObject } from './errors.ts';
import { failureOf } from './failure.ts';
import { encodeKey } from './location.ts';
import { headObject, openObject, readTags } from './reading.ts';
import type { Service } from './service.ts';
import type { CopyOptions, ListedObject, UploadedPart } from './types.ts';
import { abortUpload, beginUpload, checksumsOf } from './upload.ts';

/** Copies of more are made in parts. Source: CopyObject takes up to 5 GB. */
const COPY_LIMIT = 5 * 2 ** 30;

/** Services that move bytes to copy need seconds for it; an object of 5 TiB has no more than 10,000 of them. */
const PART_BYTES = 2 ** 30;

/** How many parts are copied at a time. */
const PARTS_AT_A_TIME = 4;

export interface CopyParts {
  /** Larger objects are copied in parts, in bytes. */
  readonly above: number;
  readonly bytes: number;
}

const COPY = {
  verb: 'copy',
  permission: 's3:GetObject, s3:GetObjectTagging, s3:PutObject and s3:PutObjectTagging',
};

/** Copies an object with all its attributes on the side of the service, and looks whether it is there then unless told otherwise. */
export async function copyObject(
  service: Service,
  source: ListedObject,
  target: string,
  options: CopyOptions & { readonly parts?: CopyParts | undefined } = {},
): Promise<{ etag: string }> {
  const { unchecked = false, parts: { above, bytes } = { above: COPY_LIMIT, bytes: PART_BYTES } } = options;
  const copyIf = (etag: string | undefined): Promise<{ etag: string }> =>
    source.size > above
      ? copyInParts(service, { ...source, ifMatch: etag }, target, bytes)
      : copyAtOnce(service, { ...source, ifMatch: etag }, target);
  const { etag } = await copyIf(source.etag || undefined).catch(async (error: unknown) => {
    // Swift never finds the ETag of what came in parts to match.
    const mayBeSame = error instanceof ChangedObject && !isPlain(source.etag);
    if (!mayBeSame || (await headObject(service, source.key))?.etag !== source.etag) throw error;
    return copyIf(undefined);
  });
  if (unchecked) return { etag };
  const made = await headObject(service, target);
  // Some services answer that all is well and copy nothing.
  if (made?.etag === etag) {
    // Some do not look whether the source is still the same. The ETag of what is in parts or encrypted changes with a copy.
    const tellsContent = made.encryption === undefined && isPlain(source.etag) && isPlain(etag);
    if (made.size === source.size && (!tellsContent || etag === source.etag)) return { etag };
    throw service.explain({ ...COPY, object: copying(service, source, target) }, failureOf(changed()));
  }
  throw new HoldfastError(
    'failed',
    `Cannot copy ${printable(copying(service, source, target))}: the service says that it has, but ${made === null ? 'there is no such object' : 'another object is there'}.`,
    {
      hint: 'Run it again while nobody writes there; if it stays so, the service does not copy objects as S3 does.',
    },
  );
}

/** What is copied. */
interface Source extends ListedObject {
  /** The ETag that the service is to look for. */
  readonly ifMatch: string | undefined;
}

/** True for the ETag of an object that was written at once: its MD5 where it is not encrypted. */
function isPlain(etag: string): boolean {
  return /^"[0-9a-f]{32}"$/.test(etag);
}

function copyAtOnce(service: Service, source: Source, target: string): Promise<{ etag: string }> {
  return service.send({
    ...COPY,
    object: copying(service, source, target),
    isSlow: true,
    request: async (client, options) => {
      const command = new service.sdk.CopyObjectCommand({
        Bucket: service.bucket,
        Key: target,
        CopySource: copySource(service, source.key),
        CopySourceIfMatch: source.ifMatch,
      });
      const { CopyObjectResult } = await client.send(command, options);
      return { etag: service.demandEtag(CopyObjectResult?.ETag) };
    },
  });
}

async function copyInParts(
  service: Service,
  source: Source,
  target: string,
  bytes: number,
): Promise<{ etag: string }> {
  // Unlike a HEAD it tells the number of tags, and whether it is this object still.
  const facts = await openObject(service, source.key, { range: { start: 0, end: 1 }, etag: source.etag });
  facts.content.destroy();
  const tags = facts.tagCount === 0 ? undefined : await readTags(service, source.key);
  const attributes = tags === undefined ? facts.attributes : { ...facts.attributes, tags };
  const { id } = await beginUpload(service, target, { attributes });
  try {
    const parts: UploadedPart[] = [];
    const count = Math.ceil(source.size / bytes);
    let next = 1;
    const copyNext = async (): Promise<void> => {
      for (let number = next++; number <= count; number = next++) {
        parts[number - 1] = await copyPart(service, source, { target, id, number, bytes });
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: PARTS_AT_A_TIME }, copyNext));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return await completeUpload(service, { key: target, id, parts, ifAbsent: false, size: source.size });
  } catch (error) {
    await abortUpload(service, { key: target, id }).catch(() => undefined);
    throw error;
  }
}

interface CopiedPart {
  readonly target: string;
  readonly id: string;
  readonly number: number;
  readonly bytes: number;
}

function copyPart(
  service: Service,
  source: Source,
  { target, id, number, bytes }: CopiedPart,
): Promise<UploadedPart> {
  const start = (number - 1) * bytes;
  const end = Math.min(start + bytes, source.size);
  return service.send({
    ...COPY,
    verb: `copy part ${number} of`,
    object: copying(service, source, target),
    isSlow: true,
    request: async (client, options) => {
      const command = new service.sdk.UploadPartCopyCommand({
        Bucket: service.bucket,
        Key: target,
        UploadId: id,
        PartNumber: number,
        CopySource: copySource(service, source.key),
        CopySourceIfMatch: source.ifMatch,
        CopySourceRange: `bytes=${start}-${end - 1}`,
      });
      const { CopyPartResult } = await client.send(command, options);
      const checksums = checksumsOf(CopyPartResult);
      return {
        number,
        etag: service.demandEtag(CopyPartResult?.ETag),
        ...(checksums === undefined ? {} : { checksums }),
      };
    },
  });
}

function copying(service: Service, source: ListedObject, target: string): string {
  return `${service.urlOf(source.key)} to ${service.urlOf(target)}`;
}

function changed(): Error {
  return Object.assign(new Error('it was copied in another state'), {
    name: 'PreconditionFailed',
    $metadata: { httpStatusCode: 412 },
  });
}

/** Source: `x-amz-copy-source`: bucket and key, percent-encoded. */
function copySource(service: Service, key: string): string {
  return `${service.bucket}/${encodeKey(key)}`;
}
