import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  CopyObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { Fingerprint } from '../../scripts/demo/database-fingerprint.ts';
import type { S3Server } from '../servers/s3.ts';
import { keysBelow } from '../storage/s3/prefix.ts';

// The objects of an application under test, on another way than that of the code under test. There are less than a thousand.

/** Puts the files of a folder under a prefix, each with attributes of which every one tells the state. */
export async function moveIntoBucket(
  { client }: S3Server,
  folder: string,
  bucket: string,
  prefix: string,
  state: string,
): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((found) => found.isFile())) {
    const path = join(entry.parentPath, entry.name);
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: prefix + relative(folder, path),
        Body: await readFile(path),
        ContentType: `text/${state}`,
        CacheControl: `max-age=${state.length}`,
        Metadata: { state },
        Tagging: new URLSearchParams({ state }).toString(),
      }),
    );
  }
}

/** Copies all objects of a bucket, with all that belongs to them. */
export async function copyObjects({ client }: S3Server, from: string, to: string): Promise<void> {
  const keys = await keysBelow({ client }, from, '');
  await eachOf(keys, async (key) => {
    const source = `${from}/${key.split('/').map(encodeURIComponent).join('/')}`;
    await client.send(new CopyObjectCommand({ Bucket: to, Key: key, CopySource: source }));
  });
}

/** Size, MD5, content type, user metadata and tags of all objects but those that a restore has made for itself. */
export async function objectsFingerprint({ client }: S3Server, bucket: string): Promise<Fingerprint> {
  const keys = (await keysBelow({ client }, bucket, '')).filter((key) => !isOwnName(key));
  const found = new Map<string, string>();
  await eachOf(keys, async (key) => {
    const target = { Bucket: bucket, Key: key };
    const [object, { TagSet: tags = [] }] = await Promise.all([
      client.send(new GetObjectCommand(target)),
      client.send(new GetObjectTaggingCommand(target)),
    ]);
    const bytes = (await object.Body?.transformToByteArray()) ?? new Uint8Array();
    const { ContentType, CacheControl, Metadata } = object;
    const attributes = JSON.stringify([ContentType, CacheControl, Metadata, tags]);
    const md5 = createHash('md5').update(bytes).digest('hex');
    found.set(`object ${key}`, `${bytes.length} bytes, MD5 ${md5}, ${attributes}`);
  });
  return new Map([...found].toSorted(([one], [two]) => (one < two ? -1 : 1)));
}

/** What restores and backups leave in a bucket that is no content: objects under names of their own, unfinished uploads. */
export async function ownNamesIn({ client }: S3Server, bucket: string): Promise<string[]> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return [
    ...(await keysBelow({ client }, bucket, '')).filter((key) => isOwnName(key)),
    ...Uploads.map(({ Key = '' }) => `parts of ${Key}`),
  ];
}

function isOwnName(key: string): boolean {
  return key.includes('.holdfast-');
}

/** So many requests at a time as a small server answers well. */
async function eachOf(keys: readonly string[], work: (key: string) => Promise<void>): Promise<void> {
  const waiting = [...keys];
  const worker = async (): Promise<void> => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await work(key);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
