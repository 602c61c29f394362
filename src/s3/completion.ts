import { createHash } from 'node:crypto';
import { hasMd5 } from './md5.ts';
import { headObject } from './reading.ts';
import type { Service } from './service.ts';
import type { UploadedPart } from './types.ts';
import { demandAbsence } from './writing.ts';

interface Completion {
  readonly key: string;
  readonly id: string;
  readonly parts: readonly UploadedPart[];
  readonly ifAbsent: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Of all parts together, in bytes, where it is known. */
  readonly size: number | undefined;
}

/** Makes the object of the parts. */
export async function completeUpload(service: Service, completion: Completion): Promise<{ etag: string }> {
  const { key, id, parts, ifAbsent, signal } = completion;
  if (ifAbsent) await demandAbsence(service, key, signal);
  return service.send({
    verb: 'complete the upload of',
    permission: 's3:PutObject',
    key,
    signal,
    isSlow: true,
    request: async (client, options) => {
      const command = new service.sdk.CompleteMultipartUploadCommand({
        Bucket: service.bucket,
        Key: key,
        UploadId: id,
        IfNoneMatch: ifAbsent && service.knowsConditions ? '*' : undefined,
        MultipartUpload: {
          Parts: parts.map(({ number, etag, checksums }) => ({
            PartNumber: number,
            ETag: etag,
            ...checksums,
          })),
        },
      });
      const { ETag } = await client.send(command, options);
      return { etag: service.demandEtag(ETag) };
    },
    settle: async ({ code }, hasRetried) => {
      if (ifAbsent && code === 'NotImplemented' && service.knowsConditions) {
        service.knowsConditions = false;
        return completeUpload(service, completion);
      }
      const isOver = ['NoSuchUpload', 'NotFound', 'PreconditionFailed', 'InvalidPart'].includes(code);
      const made = hasRetried && isOver ? await findMade(service, completion) : undefined;
      if (made === undefined && ifAbsent && code === 'PreconditionFailed') throw service.existing(key);
      return made;
    },
  });
}

/** The object when it is that of the parts: the upload was completed although the answer was lost. */
async function findMade(
  service: Service,
  { key, parts, size }: Completion,
): Promise<{ etag: string } | undefined> {
  const found = await headObject(service, key);
  if (found === null) return undefined;
  if (found.etag === multipartEtag(parts)) return { etag: found.etag };
  const isPlausible = found.etag.endsWith(`-${parts.length}"`) && found.size === size;
  return isPlausible ? { etag: found.etag } : undefined;
}

/** The ETag that S3 gives an object made of parts, where those of its parts are MD5 sums: the MD5 of them all, and their number. */
function multipartEtag(parts: readonly UploadedPart[]): string | undefined {
  const sums = parts.map(({ etag }) => /^"?([0-9a-f]{32})"?$/.exec(etag)?.[1]);
  if (!hasMd5() || sums.includes(undefined)) return undefined;
  return `"${createHash('md5')
    .update(Buffer.from(sums.join(''), 'hex'))
    .digest('hex')}-${parts.length}"`;
}
