import { readdir } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findS3, type S3Server, startS3 } from '../../servers/s3.ts';
import {
  errorXml,
  type FaultProxy,
  s3Error,
  type SeenRequest,
  startFaultProxy,
} from '../../support/fault-proxy.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { backUp, listAll, openSource } from './s3-backup.ts';

const found = await findS3();
if (found.reason !== undefined) console.warn(`skipped source-faults.test.ts of S3: ${found.reason}`);

const isRead = ({ method, target }: SeenRequest): boolean =>
  method === 'GET' && /\/up\/[^?]/.test(target) && !target.includes('tagging');

describe.skipIf(found.reason !== undefined)('a backup of objects', () => {
  let server: S3Server;
  let proxy: FaultProxy;
  let bucket = '';
  beforeAll(async () => {
    server = await startS3();
  });
  beforeEach(async () => {
    proxy?.close();
    proxy = await startFaultProxy(server.endpoint);
    bucket = await server.newBucket();
  });
  afterAll(async () => {
    proxy?.close();
    await server.stop();
  });

  const put = async (
    keys: readonly string[],
    options: Partial<PutObjectCommandInput> = {},
  ): Promise<void> => {
    for (let start = 0; start < keys.length; start += 50) {
      await Promise.all(
        keys
          .slice(start, start + 50)
          .map((Key) =>
            server.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key, ...options })),
          ),
      );
    }
  };
  const names = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `up/n${String(index).padStart(4, '0')}`);
  const location = (): string => `s3://${bucket}/up?endpoint=${proxy.endpoint}&path-style=true`;

  it('asks for many small ones at a time, and for no more than that', async () => {
    await put(names(200));
    const { files, problems } = await backUp(location());
    expect([files, problems]).toEqual([200, []]);
    expect(proxy.requests.filter(isRead)).toHaveLength(200);
    expect(proxy.mostAtOnce()).toBeGreaterThan(24);
    expect(proxy.mostAtOnce()).toBeLessThanOrEqual(65);
  });

  it('reads large ones in several ranges at a time', async () => {
    const content = Buffer.alloc(22 * 2 ** 20, 'large');
    await put(['up/large'], { Body: content });
    const { source } = await openSource(location());
    const { items } = await listAll(source);
    const opened = await source.open(items[0]!);
    expect(proxy.requests.filter(isRead)).toHaveLength(1);
    expect((await buffer(opened.content)).equals(content)).toBe(true);
    expect(proxy.requests.filter(isRead).map(({ headers }) => headers.range)).toHaveLength(6);
    expect(proxy.mostAtOnce()).toBeGreaterThan(1);
    expect(proxy.mostAtOnce()).toBeLessThanOrEqual(4);
    await source.close();
  });

  it('reads a small one again that changes while it comes', async () => {
    const content = Buffer.alloc(300_000, 'small');
    await put(['up/small'], { Body: content });
    proxy.inject(isRead, { kind: 'cut', bytes: 100_000 });
    proxy.inject(isRead, s3Error(412, 'PreconditionFailed'));
    const { files, fileBytes, problems } = await backUp(location());
    expect([files, fileBytes, problems]).toEqual([1, 300_000, []]);
    const reads = proxy.requests.filter(isRead).map(({ headers }) => headers.range);
    expect(reads).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-299999$/), undefined]);
  });

  it('says of one that changes each time that it is not there', async () => {
    await put(['up/busy', 'up/calm'], { Body: Buffer.alloc(300_000, 'small') });
    for (let attempt = 0; attempt < 4; attempt++) {
      proxy.inject((seen) => isRead(seen) && seen.target.includes('busy'), { kind: 'cut', bytes: 100_000 });
      proxy.inject(
        (seen) => isRead(seen) && seen.target.includes('busy'),
        s3Error(412, 'PreconditionFailed'),
      );
    }
    const { files, problems } = await backUp(location());
    expect([files, problems]).toEqual([1, ['up/busy: changed while it was read']]);
  });

  it('goes on without tags where they may not be read, with one warning', async () => {
    await put(['up/a', 'up/b'], { Tagging: 'class=public' });
    proxy.inject(({ target }) => target.includes('tagging'), s3Error(403, 'AccessDenied'), 2);
    const { files, problems, reporter } = await backUp(location());
    expect([files, problems]).toEqual([2, []]);
    expect(reporter.warnings).toEqual([
      expect.stringMatching(/^the tags of objects in s3:.*s3:GetObjectTagging/),
    ]);
  });

  it('says so also where the service does not even tell that there are tags', async () => {
    await put(['up/a', 'up/b']);
    proxy.inject(({ target }) => target.includes('tagging'), s3Error(403, 'AccessDenied'), Infinity);
    const { files, reporter } = await backUp(location());
    expect(files).toBe(2);
    expect(reporter.warnings).toEqual([expect.stringMatching(/if they have any.*s3:GetObjectTagging/)]);
    expect(proxy.requests.filter(({ target }) => target.includes('tagging')).length).toBe(1);
  });

  it('has the tags of the state that its content is of', async () => {
    await put(['up/a'], { Body: 'one', Tagging: 'state=one' });
    let written: Promise<void> | undefined;
    // The first attempt at this request fails in passing, while somebody writes.
    proxy.inject(
      ({ target }) => {
        if (written !== undefined || !target.includes('tagging')) return false;
        written = put(['up/a'], { Body: 'other', Tagging: 'state=other' });
        return true;
      },
      { kind: 'reset', when: 'before' },
    );
    const { source } = await openSource(location());
    const { items } = await listAll(source);
    const { content, item } = await source.open(items[0]!);
    await written;
    const text = (await buffer(content)).toString();
    expect(item).toMatchObject({ size: text.length, metadata: { tags: { state: text } } });
  });

  it('tells of each one that cannot be read', async () => {
    await put(['up/cold', 'up/denied', 'up/good', 'up/sealed']);
    const of = (name: string) => (seen: SeenRequest) => isRead(seen) && seen.target.includes(name);
    proxy.inject(of('cold'), s3Error(403, 'InvalidObjectState'));
    proxy.inject(of('denied'), s3Error(403, 'AccessDenied'));
    const sse = 'The object was stored using a form of Server Side Encryption.';
    proxy.inject(of('sealed'), {
      kind: 'answer',
      status: 400,
      headers: { 'content-type': 'application/xml' },
      body: errorXml('InvalidRequest', sse),
    });
    const { files, problems } = await backUp(location());
    expect(files).toBe(1);
    expect(problems).toEqual([
      'up/cold: it lies in an archive storage class, from which it cannot be read at once',
      'up/denied: no permission (injected AccessDenied)',
      'up/sealed: is encrypted with a key that only its owner has (SSE-C)',
    ]);
  });

  it.each([
    ['the session ends', 'ExpiredToken', 3, /session of the credentials has ended/],
    ['none of them may be read', 'AccessDenied', 12, /no permission.*AccessDenied/],
  ])('stops when %s, and leaves no archive', async (_title, code, count, message) => {
    await put(names(12));
    proxy.inject(isRead, s3Error(403, code), count);
    const folder = await temporaryFolder();
    await expect(backUp(location(), folder)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(message),
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
