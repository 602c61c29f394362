import { formatCount } from '../core/format.ts';
import type { Service } from './service.ts';

/** How many objects one request removes. Source: DeleteObjects. */
const AT_ONCE = 1000;

/** How many objects are removed at a time where each takes a request. */
const SIDE_BY_SIDE = 16;

const DELETE = { verb: 'delete', permission: 's3:DeleteObject' };

/** What XML 1.0 cannot hold, or does not keep: such keys do not go into a list. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const UNLISTABLE = /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}|^\s|\s$/u;

/** Removes objects, however many; those that are not there are no failure. */
export async function removeObjects(service: Service, keys: readonly string[]): Promise<void> {
  await removeSingly(
    service,
    keys.filter((key) => UNLISTABLE.test(key)),
  );
  const listable = keys.filter((key) => !UNLISTABLE.test(key));
  for (let start = 0; start < listable.length; start += AT_ONCE) {
    const some = listable.slice(start, start + AT_ONCE);
    const left = service.takesLists ? await removeList(service, some) : some;
    await removeSingly(service, left);
  }
}

/** Removes objects with one request. @returns those that are to be removed singly, which says why not */
async function removeList(service: Service, keys: readonly string[]): Promise<readonly string[]> {
  return service.send<readonly string[]>({
    ...DELETE,
    object: `${formatCount(keys.length, 'object')} of ${service.urlOf('')}`,
    request: async (client, options) => {
      const command = new service.sdk.DeleteObjectsCommand({
        Bucket: service.bucket,
        Delete: { Quiet: true, Objects: keys.map((Key) => ({ Key })) },
      });
      const { Errors = [] } = await client.send(command, options);
      const failed = new Set(Errors.map(({ Key = '' }) => Key));
      for (const { Key = '', Code = '' } of Errors)
        service.detail(`${service.urlOf(Key)} was not deleted with others: ${Code}`);
      return keys.filter((key) => failed.has(key));
    },
    settle: async ({ code }) => {
      if (!['NotImplemented', 'MethodNotAllowed', 'MalformedXML'].includes(code)) return undefined;
      service.takesLists = code === 'MalformedXML';
      return keys;
    },
  });
}

async function removeSingly(service: Service, keys: readonly string[]): Promise<void> {
  let next = 0;
  const removeNext = async (): Promise<void> => {
    for (let key = keys[next++]; key !== undefined; key = keys[next++]) await removeOne(service, key);
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, keys.length) }, removeNext));
}

async function removeOne(service: Service, key: string): Promise<void> {
  await service.send<unknown>({
    ...DELETE,
    key,
    request: (client, options) =>
      client.send(new service.sdk.DeleteObjectCommand({ Bucket: service.bucket, Key: key }), options),
    settle: async ({ code }) => (code === 'NoSuchKey' || code === 'NotFound' ? {} : undefined),
  });
}
