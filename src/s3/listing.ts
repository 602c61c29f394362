import { HoldfastError } from '../core/errors.ts';
import { foreignAnswer } from './failure.ts';
import type { Service } from './service.ts';
import type { ListedObject, ListOptions, UnfinishedUpload } from './types.ts';

/** What services give in one page at most. Source: ListObjectsV2. */
const PAGE = 1000;

/** Every object whose key begins with `prefix`. */
export async function* listObjects(
  service: Service,
  prefix: string,
  { limit = Infinity, after }: ListOptions = {},
): AsyncGenerator<ListedObject, void, void> {
  let token: string | undefined;
  let left = limit;
  do {
    const input = {
      Bucket: service.bucket,
      Prefix: prefix,
      EncodingType: 'url' as const,
      ContinuationToken: token,
      StartAfter: token === undefined ? after : undefined,
      ...(left < PAGE ? { MaxKeys: left } : {}),
    };
    const page = await service.send({
      verb: 'list',
      permission: 's3:ListBucket',
      key: toldOf(service, prefix),
      request: async (client, options) => {
        const answer = await client.send(new service.sdk.ListObjectsV2Command(input), options);
        // Another server's page is read as an empty list.
        if (answer.Name === undefined && answer.IsTruncated === undefined)
          throw foreignAnswer('the answer is no list');
        return answer;
      },
    });
    for (const { Key = '', Size = 0, ETag = '', LastModified } of page.Contents ?? []) {
      if (left-- <= 0) return;
      const key = decodeKey(service, Key, page.EncodingType);
      yield { key, size: Size, etag: ETag, modified: LastModified ?? new Date(0) };
    }
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (next !== undefined && next === token) throw stuck(service, prefix);
    if (page.IsTruncated === true && next === undefined) throw stuck(service, prefix);
    token = next;
  } while (token !== undefined && left > 0);
}

/** The multipart uploads under a prefix that were begun and not ended. */
export async function* listUploads(
  service: Service,
  prefix: string,
): AsyncGenerator<UnfinishedUpload, void, void> {
  let marker: { KeyMarker: string | undefined; UploadIdMarker: string | undefined } | undefined;
  do {
    const input = { Bucket: service.bucket, Prefix: prefix, EncodingType: 'url' as const, ...marker };
    const page = await service.send({
      verb: 'list the unfinished uploads under',
      permission: 's3:ListBucketMultipartUploads',
      key: toldOf(service, prefix),
      request: (client, options) => client.send(new service.sdk.ListMultipartUploadsCommand(input), options),
    });
    for (const { Key = '', UploadId = '', Initiated } of page.Uploads ?? []) {
      const spellings = [decodeKey(service, Key, page.EncodingType), withoutEscapes(Key)];
      const key = spellings.find((spelling) => spelling.startsWith(prefix));
      // Some services take the prefix for the name of a folder.
      if (key !== undefined) yield { key, id: UploadId, initiated: Initiated ?? null };
    }
    if (page.IsTruncated !== true) return;
    const next = {
      KeyMarker: decodeKey(service, page.NextKeyMarker ?? '', page.EncodingType),
      UploadIdMarker: page.NextUploadIdMarker,
    };
    if (next.KeyMarker === marker?.KeyMarker && next.UploadIdMarker === marker.UploadIdMarker) {
      throw stuck(service, prefix);
    }
    marker = next;
  } while (marker !== undefined);
}

/** What the user named where that is looked into, rather than a name of ours in it. */
function toldOf({ location }: Service, prefix: string): string {
  return prefix.startsWith(location.key) ? location.key : prefix;
}

/** Source: `encoding-type=url` of ListObjectsV2, which not every service knows; AWS spells a blank as a plus sign. */
function decodeKey(service: Service, key: string, encoding: string | undefined): string {
  if (encoding !== 'url') return key;
  try {
    return decodeURIComponent(key.replaceAll('+', '%20'));
  } catch (error) {
    throw new HoldfastError('failed', `The bucket ${service.bucket} has a key that is not UTF-8: ${key}`, {
      hint: 'S3 does not allow such keys; remove or rename it with a tool of the service.',
      cause: error,
    });
  }
}

/** Ceph escapes the keys of uploads and does not say so. */
function withoutEscapes(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function stuck(service: Service, prefix: string): HoldfastError {
  return new HoldfastError('failed', `The listing of ${service.urlOf(prefix)} does not come to an end.`, {
    hint: 'The service gives the same page again and again, or says that there is more and not where. Tell its maker.',
  });
}
