import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { openBucket } from '../../../src/s3/bucket.ts';
import { s3Storage } from '../../../src/storage/s3/s3.ts';
import { Stage } from '../../../src/storage/s3/stage.ts';
import { swapIn } from '../../../src/storage/s3/swap.ts';
import type { SwapOptions } from '../../../src/storage/s3/swap-options.ts';
import { undoSwap } from '../../../src/storage/s3/undo.ts';
import type { StorageTarget } from '../../../src/storage/storage.ts';
import { s3OfFile } from '../../servers/s3-of-file.ts';
import { s3Error } from '../../support/fault-proxy.ts';
import { type RecordingReporter, recordingReporter } from '../../support/recording-reporter.ts';
import {
  objectsBelow,
  type Objects,
  putObjects,
  stageObjects,
  type TestObject,
  uploadsIn,
} from './prefix.ts';

const TOKEN = '00ff00ff00ff';
const KEPT = `.holdfast-kept-${TOKEN}/`;
const OLD: Objects = { both: { body: 'old', type: 'text/old' }, gone: { body: 'old' } };
const NEW: Objects = { both: { body: 'new' }, made: { body: 'new' } };

const s3 = s3OfFile();
let bucket: string;
let reporter: RecordingReporter;

beforeEach(async () => {
  bucket = await s3.server.newBucket();
  reporter = recordingReporter();
  await putObjects(s3.server, bucket, 'p/', OLD);
});

async function stagedTarget(): Promise<StorageTarget> {
  const target = await s3Storage.openTarget({
    location: `s3://${bucket}/p?endpoint=${s3.proxy.endpoint}&path-style=true`,
    signal: new AbortController().signal,
    reporter,
    storage: 'uploads',
    replace: true,
    token: TOKEN,
  });
  await stageObjects(target, NEW);
  return target;
}

describe('what users write', () => {
  it('after the swap is kept when that is undone', async () => {
    const target = await stagedTarget();
    await target.swap();
    const long = 'k'.repeat(1000);
    await putObjects(s3.server, bucket, 'p/', {
      both: { body: 'user' },
      own: { body: 'user', tags: { a: 'b' } },
      [long]: { body: 'long' },
    });
    await target.undo();
    expect(await objectsBelow(s3.server, bucket, 'p/')).toEqual({
      ...OLD,
      [`${KEPT}both`]: { body: 'user' },
      [`${KEPT}own`]: { body: 'user', tags: { a: 'b' } },
      [`${KEPT}long-name-${createHash('sha256').update(long).digest('hex').slice(0, 16)}`]: { body: 'long' },
    });
    expect(reporter.warnings).toEqual([
      expect.stringMatching(/3 objects, for one (both|own|k+)\. .*\.holdfast-kept/),
    ]);
  });

  it('while it is undone is looked at again, and no failure', async () => {
    const target = await stagedTarget();
    await target.swap();
    await putObjects(s3.server, bucket, 'p/', { both: { body: 'user' }, own: { body: 'user' } });
    for (const name of ['both', 'own'])
      s3.proxy.inject(
        ({ method, target: url }) => method === 'PUT' && url.includes(`${KEPT}${name}`),
        s3Error(412, 'PreconditionFailed'),
      );
    await target.undo();
    const found = await objectsBelow(s3.server, bucket, 'p/');
    expect(Object.values(found).map(({ body }) => body)).toEqual(['user', 'user', 'old', 'old']);
    expect(found).toMatchObject(OLD);
  });

  it.each([
    ['after they were put aside', 'stays', '/old.jsonl', 'late'],
    ['while the new ones are copied', 'is kept', '/p/made?', `${KEPT}late`],
  ])('%s lets the swap fail, and %s', async (_when, _outcome, place, path) => {
    const target = await stagedTarget();
    const late: Objects = { late: { body: 'user' } };
    let written: Promise<void> | undefined;
    // The first attempt at this request fails in passing, while somebody writes.
    s3.proxy.inject(
      ({ method, target: url }) => {
        if (written !== undefined || method !== 'PUT' || !url.includes(place)) return false;
        written = putObjects(s3.server, bucket, 'p/', late);
        return true;
      },
      { kind: 'reset', when: 'before' },
    );
    await expect(target.swap()).rejects.toThrow(/late was written into/);
    await written;
    await target.discard();
    expect(await objectsBelow(s3.server, bucket, 'p/')).toEqual({ ...OLD, [path]: { body: 'user' } });
  });

  it('under a key with another ETag but the same content as what was restored is not theirs', async () => {
    const target = await stagedTarget();
    // The swap ends before it has noted what the final keys hold.
    const isCut = (): boolean => s3.proxy.requests.some(({ target: url }) => url.includes('/swapped.jsonl'));
    s3.proxy.inject(isCut, s3Error(403, 'AccessDenied'), Infinity);
    await expect(target.swap()).rejects.toThrow(/no permission/);
    s3.proxy.reset();
    await putInParts('p/both', 'new');
    await putInParts('p/made', 'own');
    await target.undo();
    expect(await objectsBelow(s3.server, bucket, 'p/')).toEqual({ ...OLD, [`${KEPT}made`]: { body: 'own' } });
  });
});

it('refuses to undo what it cannot bring back', async () => {
  const target = await stagedTarget();
  await target.swap();
  s3.proxy.inject(({ method, target: url }) => method === 'HEAD' && url.includes('/new.jsonl'), {
    kind: 'answer',
    status: 404,
  });
  await expect(target.undo()).rejects.toThrow(/new\.jsonl.* is no longer there/);
  await target.undo();
  expect(await objectsBelow(s3.server, bucket, 'p/')).toEqual(OLD);
});

it('ends the copies in parts that were under way, and no uploads of users', async () => {
  const target = await stagedTarget();
  await target.swap();
  for (const key of ['p/both', 'p/late', `p/${KEPT}both`, `p/.holdfast-${TOKEN}/new/1`])
    await s3.server.client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
  const place = { bucket, key: 'p/', endpoint: s3.server.endpoint, pathStyle: true };
  await undoSwap({
    bucket: await openBucket(place, { signal: new AbortController().signal }),
    stage: new Stage('p/', TOKEN),
    name: 'uploads',
    replace: true,
    reporter,
    copyPartsAbove: 2,
  });
  expect(await uploadsIn(s3.server, bucket)).toEqual(['p/late']);
  expect(await objectsBelow(s3.server, bucket, 'p/')).toEqual(OLD);
});

it('brings back objects that are copied in parts, whose ETags change', async () => {
  const large = (text: string): TestObject => ({
    body: text.repeat(2 ** 21),
    type: 'text/plain',
    tags: { a: text },
  });
  const old = { both: large('old'), other: { body: 'old' } };
  const prefix = 'large/';
  await putObjects(s3.server, bucket, prefix, old);
  const target = await s3Storage.openTarget({
    location: s3.server.url(bucket, prefix),
    signal: new AbortController().signal,
    reporter,
    storage: 'uploads',
    replace: true,
    token: TOKEN,
  });
  await stageObjects(target, { both: large('new'), made: large('abc') });
  const copyParts = { above: 2 ** 20, bytes: 5 * 2 ** 20 };
  const place = { bucket, key: prefix, endpoint: s3.server.endpoint, pathStyle: true };
  const swap: SwapOptions = {
    bucket: await openBucket(place, { signal: new AbortController().signal, copyParts }),
    stage: new Stage(prefix, TOKEN),
    name: 'uploads',
    replace: true,
    reporter,
    copyPartsAbove: copyParts.above,
  };
  await swapIn(swap);
  // The copies have other ETags than the objects that were uploaded at once.
  expect((await objectsBelow(s3.server, bucket, prefix))[`.holdfast-${TOKEN}/swapped.jsonl`]?.body).toMatch(
    /made/,
  );
  await undoSwap(swap);
  expect(await objectsBelow(s3.server, bucket, prefix)).toEqual(old);
  expect(reporter.warnings).toEqual([]);
});

/** Its ETag is none that a copy or a plain upload of the same content has. */
async function putInParts(key: string, body: string): Promise<void> {
  const { client } = s3.server;
  const object = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...object, ContentType: 'application/octet-stream' }),
  );
  const part = { ...object, UploadId, PartNumber: 1 };
  const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: body }));
  await client.send(
    new CompleteMultipartUploadCommand({
      ...object,
      UploadId,
      MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
    }),
  );
}
