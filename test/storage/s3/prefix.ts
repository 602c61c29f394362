import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { StorageItem, StorageTarget } from '../../../src/storage/storage.ts';
import type { S3Server } from '../../servers/s3.ts';

/** An object as a test puts it and finds it. */
export interface TestObject {
  readonly body: string;
  readonly type?: string;
  readonly user?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The content type of those that have none of their own. */
const PLAIN = 'application/octet-stream';

/** Objects by their paths below a prefix. */
export type Objects = Readonly<Record<string, TestObject>>;

/** Puts objects as an application would: on another way than that of the code under test. */
export async function putObjects(
  { client }: S3Server,
  bucket: string,
  prefix: string,
  objects: Objects,
): Promise<void> {
  for (const [path, { body, type, user, tags }] of Object.entries(objects)) {
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: prefix + path,
        Body: body,
        ContentLength: Buffer.byteLength(body),
        ContentType: type ?? PLAIN,
        Metadata: user,
        Tagging: tags && new URLSearchParams(tags).toString(),
      }),
    );
  }
}

/** Everything below a prefix, by path, with what restores make there. */
export async function objectsBelow({ client }: S3Server, bucket: string, prefix: string): Promise<Objects> {
  const found: Record<string, TestObject> = {};
  for (const key of await keysBelow({ client }, bucket, prefix)) {
    const target = { Bucket: bucket, Key: key };
    const [object, { TagSet: tags = [] }] = await Promise.all([
      client.send(new GetObjectCommand(target)),
      client.send(new GetObjectTaggingCommand(target)),
    ]);
    const user = object.Metadata ?? {};
    found[key.slice(prefix.length)] = {
      body: (await object.Body?.transformToString()) ?? '',
      ...(object.ContentType === PLAIN ? {} : { type: object.ContentType }),
      ...(Object.keys(user).length === 0 ? {} : { user }),
      ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) }),
    };
  }
  return found;
}

/** The keys of the first 1,000 objects below a prefix. */
export async function keysBelow(
  { client }: Pick<S3Server, 'client'>,
  bucket: string,
  prefix: string,
): Promise<string[]> {
  const page = await client.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, EncodingType: 'url' }),
  );
  return (page.Contents ?? []).map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', '%20')));
}

/** The keys of uploads that were begun and not ended. */
export async function uploadsIn({ client }: S3Server, bucket: string): Promise<string[]> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.map(({ Key = '' }) => Key);
}

export function itemOf(path: string, { body, type, user, tags }: TestObject): StorageItem {
  const metadata = {
    contentType: type ?? PLAIN,
    ...(user === undefined ? {} : { user }),
    ...(tags === undefined ? {} : { tags }),
  };
  return { type: 'file', path: Buffer.from(path), size: Buffer.byteLength(body), metadata };
}

/** Uploads objects into a target's staging area. */
export async function stageObjects(target: StorageTarget, objects: Objects): Promise<void> {
  await target.begin();
  for (const [path, object] of Object.entries(objects))
    await target.put(itemOf(path, object), Readable.from([Buffer.from(object.body)]));
  await target.finish(null);
}
