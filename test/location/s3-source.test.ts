import { randomBytes } from 'node:crypto';
import { PutObjectCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readRange, type ByteSource } from '../../src/core/byte-source.ts';
import { openArchiveSource } from '../../src/location/archive-source.ts';
import { openS3Source } from '../../src/location/s3-source.ts';
import { findS3, startS3, type S3Server } from '../servers/s3.ts';
import { type FaultProxy, type SeenRequest, s3Error, startFaultProxy } from '../support/fault-proxy.ts';
import { type Found, required } from '../support/tools.ts';
import { recordingReporter } from './recording-reporter.ts';

const MIB = 1 << 20;
const CONTENT = randomBytes(20 * MIB + 54_321);

let server: S3Server;
let proxy: FaultProxy;
let bucket: string;

let found: Found<unknown>;

beforeAll(async () => {
  found = await findS3();
  if (found.reason !== undefined) return;
  server = await startS3();
  proxy = await startFaultProxy(server.endpoint);
  bucket = await server.newBucket();
  await put('app.zip', CONTENT);
}, 300_000);
beforeEach((context) => void required(context, found));
afterEach(() => proxy?.reset());
afterAll(async () => {
  proxy?.close();
  await server?.stop();
});

async function put(key: string, body: Buffer): Promise<void> {
  await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

function urlOf(key: string, inBucket = bucket): string {
  return `s3://${inBucket}/${key}?endpoint=${proxy.endpoint}&path-style=true`;
}

async function open(
  key = 'app.zip',
  signal = new AbortController().signal,
): Promise<ByteSource & AsyncDisposable> {
  const source = await openS3Source(urlOf(key), { signal, reporter: recordingReporter() });
  return Object.assign(source, { [Symbol.asyncDispose]: () => source.close() });
}

const isGet = ({ method }: SeenRequest): boolean => method === 'GET';
const gets = (): SeenRequest[] => proxy.requests.filter(isGet);
const bytesOfGets = (): number => gets().reduce((sum, { answerBytes }) => sum + answerBytes, 0);

describe('an archive in S3', () => {
  it('is read at any place, at many at once', async () => {
    await using source = await open();
    expect([source.name, source.size]).toEqual([urlOf('app.zip'), CONTENT.length]);
    const starts = Array.from({ length: 40 }, (_, at) => at * 533_333);
    await Promise.all(
      starts.map(async (start) => {
        const target = Buffer.alloc(30_000);
        const bytes = await source.read(target, start);
        expect(target.subarray(0, bytes).equals(CONTENT.subarray(start, start + 30_000))).toBe(true);
      }),
    );
    expect(await source.read(Buffer.alloc(10), CONTENT.length)).toBe(0);
  });

  it('is read in order by few requests, several at a time, each byte once', async () => {
    await using source = await open();
    source.expect?.(0, source.size);
    const bytes = Buffer.concat(await Array.fromAsync(readRange(source, 0, source.size, 99_999)));
    expect(bytes.equals(CONTENT)).toBe(true);
    expect(gets().length).toBeLessThan(9);
    expect(bytesOfGets()).toBe(CONTENT.length);
    for (const { headers } of gets()) expect(headers['if-match']).toMatch(/^"/);
  });

  it('costs what is read where nothing is expected', async () => {
    await using source = await open();
    // Both ends are read by everybody.
    await source.read(Buffer.alloc(MIB), 0);
    await source.read(Buffer.alloc(MIB), source.size - MIB);
    expect([gets().length, bytesOfGets()]).toEqual([2, 2 * MIB]);
    proxy.reset();
    await source.read(Buffer.alloc(5000), 10 * MIB);
    expect(bytesOfGets()).toBe(5000);
    expect(gets().length).toBe(1);
  });

  it('may be empty', async () => {
    await put('empty.zip', Buffer.alloc(0));
    await using source = await open('empty.zip');
    expect([source.size, await source.read(Buffer.alloc(1), 0)]).toEqual([0, 0]);
  });

  it('that is replaced or removed while it is read is told of, and is not called damaged', async () => {
    for (const change of [
      () => put('changing.zip', randomBytes(3 * MIB)),
      () => server.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'changing.zip' })),
    ]) {
      await put('changing.zip', randomBytes(3 * MIB));
      await using source = await open('changing.zip');
      await source.read(Buffer.alloc(10), 0);
      await change();
      await expect(source.read(Buffer.alloc(10), 1.5 * MIB)).rejects.toMatchObject({
        code: 'failed',
        message: `${source.name} changed while it was read.`,
      });
    }
  });

  it('that is not there is named, and so is its bucket', async () => {
    await expect(open('other.zip')).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('other.zip') as string,
    });
    const nowhere = openS3Source(urlOf('app.zip', 'holdfast-no-such-bucket'), {
      signal: new AbortController().signal,
      reporter: recordingReporter(),
    });
    await expect(nowhere).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('holdfast-no-such-bucket') as string,
    });
  });

  it.each(['', 'folder/', '/'])('has a key: %j is none', async (key) => {
    await expect(open(key)).rejects.toMatchObject({ code: 'usage' });
    expect(proxy.requests).toEqual([]);
  });

  it('is read to its end whatever happens to the requests on their way', async () => {
    await using source = await open();
    proxy.inject(isGet, s3Error(503, 'SlowDown'), 1);
    proxy.inject(isGet, { kind: 'reset', when: 'before' }, 1);
    proxy.inject(isGet, { kind: 'cut', bytes: 700_000 }, 2);
    proxy.inject(isGet, { kind: 'reset', when: 'after' }, 1);
    source.expect?.(0, source.size);
    const bytes = Buffer.concat(await Array.fromAsync(readRange(source)));
    expect(bytes.equals(CONTENT)).toBe(true);
  });

  it('is no longer read once the signal says so', async () => {
    const controller = new AbortController();
    await using source = await open('app.zip', controller.signal);
    proxy.inject(isGet, { kind: 'silence' }, Infinity);
    source.expect?.(0, source.size);
    const reads = [0, 5 * MIB, 19 * MIB].map((at) => source.read(Buffer.alloc(10), at));
    const reason = new Error('enough');
    controller.abort(reason);
    for (const outcome of await Promise.allSettled(reads))
      expect(outcome).toEqual({ status: 'rejected', reason });
  });

  it('can be closed while it is fetched ahead', async () => {
    const source = await open();
    proxy.inject(
      ({ headers }) => headers.range !== 'bytes=0-1048575',
      { kind: 'stall', bytes: 1000 },
      Infinity,
    );
    source.expect?.(0, source.size);
    const target = Buffer.alloc(10);
    await source.read(target, 0).catch(() => undefined);
    await source.close();
    await expect(source.read(target, 15 * MIB)).rejects.toMatchObject({ code: 'failed' });
  });

  it('is found by its location', async () => {
    const options = {
      stdin: process.stdin,
      signal: new AbortController().signal,
      reporter: recordingReporter(),
    };
    const source = await openArchiveSource(urlOf('app.zip'), options);
    expect(source.size).toBe(CONTENT.length);
    await source.close();
  });
});
