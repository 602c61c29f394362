import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { DeleteObjectCommand, PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchPaths } from '../../../src/core/glob.ts';
import { findS3, type S3Server, startS3 } from '../../servers/s3.ts';
import { listAll, openSource } from './s3-backup.ts';

const found = await findS3();
if (found.reason !== undefined) console.warn(`skipped source.test.ts of S3: ${found.reason}`);

describe.skipIf(found.reason !== undefined)('an S3 source', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  });
  afterAll(() => server.stop());

  const put = (bucket: string, key: string, options: Partial<PutObjectCommandInput> = {}) =>
    server.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: key, ...options }));

  it('lists what lies under its prefix, over several pages, and nothing beside it', async () => {
    const bucket = await server.newBucket();
    const paths = Array.from({ length: 1003 }, (_, index) => `n${String(index).padStart(4, '0')}`);
    const keys = ['up', 'up-beside/x', 'upper', 'other/up/x', ...paths.map((path) => `up/${path}`)];
    for (let start = 0; start < keys.length; start += 50)
      await Promise.all(keys.slice(start, start + 50).map((key) => put(bucket, key)));
    for (const prefix of ['up', 'up/']) {
      const { source, reporter } = await openSource(server.url(bucket, prefix));
      expect(source.name).toBe(server.url(bucket, 'up/'));
      expect(source.root).toBeNull();
      const { items, paths: listed, problems } = await listAll(source);
      expect(listed).toEqual(paths);
      expect(items[0]).toMatchObject({ type: 'file', size: 8 });
      expect(Math.abs(Number(items[0]!.mtimeNs! / 1_000_000n) - Date.now())).toBeLessThan(3_600_000);
      expect([problems, reporter.warnings]).toEqual([[], []]);
      await source.close();
    }
  });

  it('reads a whole bucket', async () => {
    const bucket = await server.newBucket();
    await put(bucket, 'a/b');
    await put(bucket, 'c');
    const { source } = await openSource(server.url(bucket));
    expect((await listAll(source)).paths).toEqual(['a/b', 'c']);
  });

  it('warns when there is nothing, and fails when there is no bucket', async () => {
    const bucket = await server.newBucket();
    await put(bucket, 'uploads/x');
    const { reporter, source } = await openSource(server.url(bucket, 'upload'));
    expect(reporter.warnings).toEqual([
      `there is nothing under ${server.url(bucket, 'upload/')}: look whether the prefix is right`,
    ]);
    expect((await listAll(source)).items).toEqual([]);
    await expect(openSource(server.url('holdfast-test-no-such-bucket', 'x'))).rejects.toThrow(
      'there is no bucket holdfast-test-no-such-bucket',
    );
  });

  it('leaves out what is excluded, and all below it', async () => {
    const bucket = await server.newBucket();
    for (const path of ['cache/a/b', 'cache-2', 'd/cache/x', 'd/y', 'e/f.tmp/g', 'h.tmp'])
      await put(bucket, `up/${path}`);
    const { source } = await openSource(server.url(bucket, 'up'), matchPaths(['cache', '*.tmp']));
    expect((await listAll(source)).paths).toEqual(['cache-2', 'd/y']);
  });

  it('keeps what stands beside the content, and the content as it is', async () => {
    const bucket = await server.newBucket();
    const packed = gzipSync('packed');
    await put(bucket, 'up/page', {
      Body: packed,
      ContentType: 'text/html; charset=utf-8',
      CacheControl: 'max-age=60',
      ContentEncoding: 'gzip',
      ContentDisposition: 'attachment; filename="page.html"',
      ContentLanguage: 'de',
      Expires: new Date('2030-01-02T03:04:05Z'),
      Metadata: { Owner: 'somebody', 'two-words': 'a b' },
      Tagging: 'class=public&a%20b=c%2Fd',
    });
    const { source, reporter } = await openSource(server.url(bucket, 'up'));
    const { items } = await listAll(source);
    const opened = await source.open(items[0]!);
    expect(opened.item.metadata).toEqual({
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'max-age=60',
      contentEncoding: 'gzip',
      contentDisposition: 'attachment; filename="page.html"',
      contentLanguage: 'de',
      expires: 'Wed, 02 Jan 2030 03:04:05 GMT',
      user: { owner: 'somebody', 'two-words': 'a b' },
      tags: { class: 'public', 'a b': 'c/d' },
    });
    expect((await buffer(opened.content)).equals(packed)).toBe(true);
    expect(await opened.check()).toBeNull();
    expect(reporter.warnings).toEqual([]);
  });

  it('reads an object as it is now, whatever size it had when it was listed', async () => {
    const bucket = await server.newBucket();
    const large = Buffer.alloc(9 * 2 ** 20, 'large object ');
    await put(bucket, 'up/grows', { Body: 'small' });
    await put(bucket, 'up/shrinks', { Body: large });
    await put(bucket, 'up/vanishes');
    await put(bucket, 'up/voided', { Body: large });
    const { source } = await openSource(server.url(bucket, 'up'));
    const { items } = await listAll(source);
    await put(bucket, 'up/grows', { Body: large });
    await put(bucket, 'up/shrinks', { Body: 'small' });
    await server.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'up/vanishes' }));
    await put(bucket, 'up/voided', { Body: Buffer.alloc(0) });
    const read = async (index: number): Promise<Buffer> => {
      const opened = await source.open(items[index]!);
      const bytes = await buffer(opened.content);
      expect(opened.item.size).toBe(bytes.length);
      expect(await opened.check()).toBeNull();
      return bytes;
    };
    expect((await read(0)).equals(large)).toBe(true);
    expect((await read(1)).toString()).toBe('small');
    await expect(source.open(items[2]!)).rejects.toThrow(/^is no longer there$/);
    expect((await read(3)).length).toBe(0);
  });

  it('never mixes two states of a large object', async () => {
    const bucket = await server.newBucket();
    await put(bucket, 'up/large', { Body: Buffer.alloc(13 * 2 ** 20, 'one') });
    const { source } = await openSource(server.url(bucket, 'up'));
    const { items } = await listAll(source);
    const opened = await source.open(items[0]!);
    await put(bucket, 'up/large', { Body: Buffer.alloc(13 * 2 ** 20, 'two') });
    await expect(buffer(opened.content)).rejects.toThrow(/^changed while it was read$/);
    expect(await opened.check()).not.toBeNull();
  });

  it('leaves out what a restore has left, and the object of the prefix itself', async () => {
    const bucket = await server.newBucket();
    const token = '0123456789ab';
    for (const path of [
      '',
      `.holdfast-${token}/new/1`,
      `.holdfast-${token}/new/2`,
      `.holdfast-${token}/old/1`,
      `.holdfast-journal-${token}.json`,
      `.holdfast-kept-${token}/x`,
      '.holdfast-notes',
      `d/.holdfast-${token}/x`,
    ])
      await put(bucket, `up/${path}`);
    const { source, reporter } = await openSource(server.url(bucket, 'up'));
    const { paths, problems } = await listAll(source);
    expect(paths).toEqual(['.holdfast-notes', `d/.holdfast-${token}/x`]);
    expect(reporter.warnings.map((warning) => warning.split(':')[0])).toEqual([
      `left out .holdfast-${token}`,
      `left out .holdfast-journal-${token}`,
      `left out .holdfast-kept-${token}`,
    ]);
    expect(problems.map(({ path }) => path.toString())).toEqual(['up/', `.holdfast-${token}/old`]);
  });

  it('tells when all was written anew since it was listed, as a restore does', async () => {
    const bucket = await server.newBucket();
    const keys = Array.from({ length: 12 }, (_, index) => `up/n${index}`);
    for (const key of keys) await put(bucket, key);
    const { source } = await openSource(server.url(bucket, 'up'));
    await listAll(source);
    expect(await source.isReplaced()).toBe(false);
    for (const key of keys.slice(1)) await put(bucket, key, { Body: 'other' });
    expect(await source.isReplaced()).toBe(false);
    await put(bucket, keys[0]!, { Body: 'other' });
    expect(await source.isReplaced()).toBe(true);
  });
});
