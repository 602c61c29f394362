import { createCipheriv, createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3Server } from '../../test/servers/s3.ts';

/** How much there is of both sorts of objects. */
export interface Amount {
  /** How many small objects, of 4 KiB each. */
  readonly small: number;
  /** What the large objects hold together. */
  readonly largeBytes: number;
}

const SMALL_BYTES = 4096;
const LARGE_OBJECTS = 4;
const CHUNK_BYTES = 16 * 1024 ** 2;
const AT_ONCE = 16;

/** Keys look like those of uploads: folders of a hundred objects each. */
const smallName = (index: number): string =>
  `${String(Math.floor(index / 100)).padStart(3, '0')}/${String(index).padStart(6, '0')}.bin`;
const largeName = (index: number): string => `videos/${index}.mp4`;

/** The same bytes for the same name each time, which nothing compresses, as with pictures and films. */
function* contentOf(name: string, bytes: number): Generator<Buffer> {
  const key = createHash('sha256').update(name).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  for (let left = bytes; left > 0; left -= CHUNK_BYTES)
    yield cipher.update(Buffer.alloc(Math.min(left, CHUNK_BYTES)));
}

/** Half of the small objects are text, which compresses. */
function smallContent(index: number): Buffer {
  if (index % 2 === 0) return Buffer.concat([...contentOf(smallName(index), SMALL_BYTES)]);
  const line = `{"order": ${index}, "customer": ${(index * 7919) % 10_007}, "state": "sent"}\n`;
  return Buffer.from(line.repeat(SMALL_BYTES / 40)).subarray(0, SMALL_BYTES);
}

function namesOf({ small, largeBytes }: Amount) {
  return {
    small: Array.from({ length: small }, (_, index) => index),
    large: largeBytes === 0 ? [] : Array.from({ length: LARGE_OBJECTS }, (_, index) => largeName(index)),
    bytesEach: Math.ceil(largeBytes / LARGE_OBJECTS),
  };
}

/** Fills a bucket. */
export async function fillBucket({ client }: S3Server, bucket: string, amount: Amount): Promise<void> {
  const { small, large, bytesEach } = namesOf(amount);
  for (let start = 0; start < small.length; start += AT_ONCE) {
    const puts = small
      .slice(start, start + AT_ONCE)
      .map((index) =>
        client.send(
          new PutObjectCommand({ Bucket: bucket, Key: smallName(index), Body: smallContent(index) }),
        ),
      );
    await Promise.all(puts);
  }
  for (const name of large) {
    const to = { Bucket: bucket, Key: name };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(to));
    const parts: CompletedPart[] = [];
    for (const chunk of contentOf(name, bytesEach)) {
      const PartNumber = parts.length + 1;
      const { ETag } = await client.send(new UploadPartCommand({ ...to, UploadId, PartNumber, Body: chunk }));
      parts.push({ PartNumber, ETag });
    }
    const MultipartUpload = { Parts: parts };
    await client.send(new CompleteMultipartUploadCommand({ ...to, UploadId, MultipartUpload }));
  }
}

/** Makes the same as files below a folder. */
export async function fillFolder(folder: string, amount: Amount): Promise<void> {
  const { small, large, bytesEach } = namesOf(amount);
  for (const index of small) {
    if (index % 100 === 0) await mkdir(join(folder, smallName(index), '..'), { recursive: true });
    await writeFile(join(folder, smallName(index)), smallContent(index));
  }
  await mkdir(join(folder, 'videos'), { recursive: true });
  for (const name of large) {
    await pipeline(contentOf(name, bytesEach), createWriteStream(join(folder, name)));
  }
}

/** How many objects or files there are. */
export function countOf({ small, largeBytes }: Amount): number {
  return small + (largeBytes === 0 ? 0 : LARGE_OBJECTS);
}
