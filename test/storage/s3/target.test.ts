import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { s3Storage } from '../../../src/storage/s3/s3.ts';
import type { StorageItem, StorageTarget } from '../../../src/storage/storage.ts';
import { s3OfFile } from '../../servers/s3-of-file.ts';
import { s3Error } from '../../support/fault-proxy.ts';
import { recordingReporter } from '../../support/recording-reporter.ts';
import {
  itemOf,
  keysBelow,
  objectsBelow,
  type Objects,
  putObjects,
  stageObjects,
  uploadsIn,
} from './prefix.ts';

const TOKEN = 'ba9876543210';

const s3 = s3OfFile();
let bucket: string;

beforeEach(async () => {
  bucket = await s3.server.newBucket();
});

function openTarget(prefix: string, reporter = recordingReporter()): Promise<StorageTarget> {
  return s3Storage.openTarget({
    location: `s3://${bucket}/${encodeURIComponent(prefix)}?endpoint=${s3.proxy.endpoint}&path-style=true`,
    signal: new AbortController().signal,
    reporter,
    storage: 'uploads',
    replace: true,
    token: TOKEN,
  });
}

async function restore(prefix: string, objects: Objects, reporter = recordingReporter()): Promise<void> {
  const target = await openTarget(prefix, reporter);
  await stageObjects(target, objects);
  await target.swap();
  await target.drop();
}

describe('what is restored', () => {
  it('has its content type, headers, user metadata and tags', async () => {
    const target = await openTarget('');
    const metadata = {
      contentType: 'image/png',
      cacheControl: 'max-age=60',
      contentEncoding: 'gzip',
      contentDisposition: 'attachment; filename="a.png"',
      contentLanguage: 'de',
      expires: 'Wed, 01 Jan 2031 00:00:00 GMT',
      user: { owner: 'Zoë' },
      tags: { 'a b': 'c+d=e' },
    };
    await target.begin();
    const item: StorageItem = { type: 'file', path: Buffer.from('a.png'), size: 1, metadata };
    await target.put(item, Readable.from([Buffer.from('x')]));
    await target.finish(null);
    await target.swap();
    await target.drop();
    const found = await s3.server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a.png' }));
    expect(found).toMatchObject({
      ContentType: metadata.contentType,
      CacheControl: metadata.cacheControl,
      ContentEncoding: metadata.contentEncoding,
      ContentDisposition: metadata.contentDisposition,
      ContentLanguage: metadata.contentLanguage,
      ExpiresString: metadata.expires,
    });
    const { 'a.png': object } = await objectsBelow(s3.server, bucket, '');
    expect(object?.tags).toEqual(metadata.tags);
    expect(Buffer.from(object?.user?.['owner'] ?? '', 'latin1').toString()).toBe('Zoë');
  });

  it('has a content type by its name where the archive has none', async () => {
    const target = await openTarget('');
    await target.begin();
    for (const path of ['d', 'd/a.JPG', 'd/b'])
      await target.put(
        { type: path === 'd' ? 'directory' : 'file', path: Buffer.from(path), size: 0 },
        path === 'd' ? null : Readable.from([]),
      );
    await target.finish(null);
    await target.swap();
    await target.drop();
    const objects = await objectsBelow(s3.server, bucket, '');
    expect(objects).toEqual({ 'd/a.JPG': { body: '', type: 'image/jpeg' }, 'd/b': { body: '' } });
  });

  it('has keys of any form, up to their full length', async () => {
    const paths = ['a//b', '/lead', 'trail/', '../up', './.', 'ü 😀+%20?&=#', '\u0001', 'k'.repeat(1022)];
    const objects = Object.fromEntries(paths.map((path, index) => [path, { body: `${index}` }]));
    await restore('p', objects);
    expect(await objectsBelow(s3.server, bucket, 'p/')).toEqual(objects);
    const target = await openTarget('p');
    await stageObjects(target, { other: { body: '' } });
    await target.swap();
    expect(await keysBelow(s3.server, bucket, 'p/other')).toEqual(['p/other']);
    await target.undo();
    expect(await objectsBelow(s3.server, bucket, 'p/')).toEqual(objects);
  });

  it('is sent in parts when it is large, and is the same', async () => {
    const body = randomBytes(9 * 2 ** 20).toString('hex');
    const large = { body, type: 'text/plain', user: { a: 'b' }, tags: { c: 'd' } };
    await restore('p', { large, small: { body: 's' } });
    const parts = s3.proxy.requests.filter(({ target }) => target.includes('partNumber='));
    expect(parts.map(({ bodyBytes }) => bodyBytes).toSorted((a, b) => b - a)).toEqual([
      2 ** 23,
      2 ** 23,
      2 ** 21,
    ]);
    expect(await objectsBelow(s3.server, bucket, 'p/')).toEqual({ large, small: { body: 's' } });
    expect(await uploadsIn(s3.server, bucket)).toEqual([]);
  });

  it('has no tags where the service has none, with one warning', async () => {
    const hasTags = ({ method, headers }: { method: string; headers: object }): boolean =>
      method === 'PUT' && 'x-amz-tagging' in headers;
    s3.proxy.inject(hasTags, s3Error(501, 'NotImplemented'), Infinity);
    const reporter = recordingReporter();
    await restore('p', { a: { body: '1', tags: { t: '1' } }, b: { body: '2', tags: { t: '2' } } }, reporter);
    expect(await objectsBelow(s3.server, bucket, 'p/')).toEqual({ a: { body: '1' }, b: { body: '2' } });
    expect(reporter.warnings).toEqual([expect.stringContaining('keeps no tags')]);
  });
});

describe('a put', () => {
  it('that fails after it has returned lets what follows fail', async () => {
    const target = await openTarget('p');
    await target.begin();
    s3.proxy.inject(({ target: url }) => url.includes('/new/1?'), s3Error(403, 'AccessDenied'));
    const puts = async (): Promise<void> => {
      for (const path of ['a', 'b', 'c'])
        await target.put(itemOf(path, { body: path }), Readable.from([Buffer.from(path)]));
      await target.finish(null);
    };
    await expect(puts()).rejects.toThrow(/no permission/);
    const late = Readable.from([Buffer.from('x')]);
    await expect(target.put(itemOf('x', { body: 'x' }), late)).rejects.toThrow(/no permission/);
    expect(late.destroyed).toBe(true);
    await target.discard();
    expect(await keysBelow(s3.server, bucket, '')).toEqual([]);
  });

  it.each([
    ['shorter', 'ab', 3],
    ['longer', 'abcd', 3],
    ['broken off in a part', 'a'.repeat(9 * 2 ** 20), 20 * 2 ** 20],
  ])('of a content that is %s fails, and leaves nothing', async (_title, content, size) => {
    const target = await openTarget('p');
    await target.begin();
    const item = { ...itemOf('a', { body: '' }), size };
    await expect(target.put(item, Readable.from([Buffer.from(content)]))).rejects.toMatchObject({
      code: 'damaged',
    });
    await target.discard();
    expect(await keysBelow(s3.server, bucket, '')).toEqual([]);
    expect(await uploadsIn(s3.server, bucket)).toEqual([]);
  });

  it.each([
    ['a symlink', { type: 'symlink', path: Buffer.from('l'), size: 0, target: Buffer.from('x') }],
    ['a name that is no UTF-8', { type: 'file', path: Buffer.from([0xff]), size: 0 }],
    ['a name of restores', { type: 'file', path: Buffer.from(`.holdfast-${TOKEN}/new/1`), size: 0 }],
    ['a key that is too long', { type: 'file', path: Buffer.from('k'.repeat(1023)), size: 0 }],
  ] as const)('refuses %s, as was told before', async (_title, item) => {
    const target = await openTarget('p');
    const misfit = target.fitting('local')?.(item);
    expect(misfit?.isHeld).toBe(false);
    await expect(target.put(item, item.type === 'file' ? Readable.from([]) : null)).rejects.toThrow(
      misfit?.reason,
    );
  });
});

it('says before anything is uploaded that a service does not copy', async () => {
  const target = await openTarget('p');
  const body =
    '<CopyObjectResult><ETag>"0"</ETag><LastModified>2030-01-01T00:00:00Z</LastModified></CopyObjectResult>';
  s3.proxy.inject(
    ({ headers }) => 'x-amz-copy-source' in headers,
    { kind: 'answer', status: 200, body },
    Infinity,
  );
  await expect(target.begin()).rejects.toThrow(/cop/);
  await target.discard();
  expect(await keysBelow(s3.server, bucket, '')).toEqual([]);
});

describe('preflight', () => {
  it('tells what would make a restore fail', async () => {
    const needs = { files: 1, bytes: 1 };
    expect(await (await openTarget('p')).preflight(needs)).toEqual([]);
    const [tooLong] = await (await openTarget('k'.repeat(1000))).preflight(needs);
    expect(tooLong?.message).toMatch(/^storage uploads: .*1036 bytes/);
    bucket = 'there-is-no-such-bucket';
    const [missing] = await (await openTarget('p')).preflight(needs);
    expect(missing?.message).toMatch(/no bucket there-is-no-such-bucket/);
  });

  it('warns of what an unfinished restore has left there', async () => {
    await putObjects(s3.server, bucket, 'p/', { '.holdfast-aaaaaaaaaaaa/new/1': { body: '' } });
    const reporter = recordingReporter();
    const target = await openTarget('p', reporter);
    expect(await target.preflight({ files: 1, bytes: 1 })).toEqual([]);
    expect(reporter.warnings).toEqual([expect.stringContaining('/p/.holdfast-aaaaaaaaaaaa/')]);
    expect(await target.isEmpty()).toBe(true);
    expect(await target.measure()).toEqual({ files: 0, bytes: 0 });
  });
});
