import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { openS3Sink as open, type S3SinkOptions } from '../../src/location/s3-sink.ts';
import type { ArchiveSink } from '../../src/location/sink.ts';
import { s3OfFile } from '../servers/s3-of-file.ts';
import { s3Error, type SeenRequest } from '../support/fault-proxy.ts';
import { type RecordingReporter, recordingReporter } from '../support/recording-reporter.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MIB = 2 ** 20;

const s3 = s3OfFile();

let bucket: string;
let state: string;
let stop: AbortController;
let reporter: RecordingReporter;

beforeEach(async () => {
  bucket = await s3.server.newBucket();
  state = await temporaryFolder();
  stop = new AbortController();
  reporter = recordingReporter();
});

const openSink = (options: Partial<S3SinkOptions> = {}): Promise<ArchiveSink> =>
  open(s3.server.url(bucket, 'app').replace(s3.server.endpoint, s3.proxy.endpoint), {
    checksum: true,
    contentType: 'application/zip',
    expectedSize: async () => ({ likely: 0, most: 0 }),
    env: { XDG_STATE_HOME: state, ...s3.server.env },
    reporter,
    signal: stop.signal,
    ...options,
  });

const isPart = ({ method, target }: SeenRequest): boolean =>
  method === 'PUT' && target.includes('partNumber=');
const isCompletion = ({ method, target }: SeenRequest): boolean =>
  method === 'POST' && target.includes('uploadId=');
const isAbort = ({ method, target }: SeenRequest): boolean =>
  method === 'DELETE' && target.includes('uploadId=');
const isChecksum = ({ method, target }: SeenRequest): boolean =>
  method === 'PUT' && target.includes('app.sha256');

const exists = (key: string): Promise<boolean> =>
  s3.server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).then(
    () => true,
    () => false,
  );
const bytesOf = async (key: string): Promise<Buffer> => {
  const { Body } = await s3.server.client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return buffer(Body as Readable);
};
const unfinished = async (): Promise<number> => {
  const { Uploads = [] } = await s3.server.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.length;
};
const records = async (): Promise<string[]> => readdir(join(state, 'holdfast', 'uploads')).catch(() => []);
const put = (key: string, body: string): Promise<unknown> =>
  s3.server.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));

/** Nothing of the archive is there, nor of what is kept of it meanwhile. */
async function expectNothing(): Promise<void> {
  expect([await exists('app'), await exists('app.sha256'), await unfinished(), await records()]).toEqual([
    false,
    false,
    0,
    [],
  ]);
}

describe('parts', () => {
  it('have one size but for the last, come several at a time, and are sent again when that fails', async () => {
    const bytes = randomBytes(38 * MIB);
    const sink = await openSink();
    s3.proxy.inject(isPart, { kind: 'reset', when: 'before' });
    s3.proxy.inject(isPart, s3Error(503, 'SlowDown'));
    s3.proxy.inject(isPart, { kind: 'reset', when: 'after' });
    await pipeline(Readable.from([bytes]), sink.stream);
    const whole = s3.proxy.requests.filter(isPart).filter(({ bodyBytes }) => bodyBytes > 0);
    const sizes = new Map(
      whole.map(({ target, headers }) => [/partNumber=(\d+)/.exec(target)![1], headers['content-length']]),
    );
    const last = sizes.get('5');
    sizes.delete('5');
    expect(new Set(sizes.keys())).toEqual(new Set(['1', '2', '3', '4']));
    expect(new Set(sizes.values())).toEqual(new Set([String(8 * MIB)]));
    expect(last).toBe(String(6 * MIB));
    expect(s3.proxy.requests.filter(isPart).length).toBeGreaterThanOrEqual(8);
    expect([await exists('app'), await exists('app.sha256')]).toEqual([false, false]);
    await sink.commit();
    expect((await bytesOf('app')).equals(bytes)).toBe(true);
  });

  it('that are refused stop the backup at once, and nothing is left', async () => {
    const sink = await openSink();
    s3.proxy.inject(isPart, s3Error(403, 'AccessDenied'));
    let written = 0;
    const endless = async function* () {
      for (;;) {
        yield Buffer.alloc(MIB);
        written += 1;
      }
    };
    await expect(pipeline(endless, sink.stream)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining(bucket),
      hint: expect.any(String),
    });
    expect(written).toBeLessThan(120);
    await sink.abort();
    expect(s3.proxy.requests.filter(isPart).length).toBeLessThanOrEqual(6);
    await expectNothing();
  });

  it('that are refused while nobody writes fail the stream', async () => {
    const sink = await openSink();
    s3.proxy.inject(isPart, s3Error(403, 'AccessDenied'));
    const failed = new Promise((resolve) => sink.stream.once('error', resolve));
    sink.stream.write(Buffer.alloc(9 * MIB));
    expect(await failed).toMatchObject({ code: 'failed' });
    await sink.abort();
    await expectNothing();
  });
});

describe('the completion', () => {
  it.each([
    ['lost', { kind: 'reset', when: 'after' } as const],
    ['not that of the service', s3Error(403, 'AccessDenied', { passOn: true })],
  ])('whose answer is %s has happened all the same', async (_what, fault) => {
    const sink = await openSink();
    await pipeline(Readable.from([Buffer.from('whole')]), sink.stream);
    s3.proxy.inject(isCompletion, fault);
    await sink.commit();
    expect((await bytesOf('app')).toString()).toBe('whole');
    expect([await exists('app.sha256'), await unfinished(), await records()]).toEqual([true, 0, []]);
  });

  it('that is refused takes the checksum back', async () => {
    const sink = await openSink();
    await pipeline(Readable.from([Buffer.from('whole')]), sink.stream);
    s3.proxy.inject(isCompletion, s3Error(403, 'AccessDenied'));
    await expect(sink.commit()).rejects.toMatchObject({ code: 'failed' });
    await expectNothing();
  });

  it('that is refused leaves an older archive with its own checksum', async () => {
    await put('app', 'old');
    await put('app.sha256', 'of the old one');
    const sink = await openSink({ overwrite: true });
    await pipeline(Readable.from([Buffer.from('whole')]), sink.stream);
    s3.proxy.inject(isCompletion, s3Error(403, 'AccessDenied'));
    await expect(sink.commit()).rejects.toMatchObject({ code: 'failed' });
    expect((await bytesOf('app')).toString()).toBe('old');
    expect((await bytesOf('app.sha256')).toString()).toBe('of the old one');
    expect(await unfinished()).toBe(0);
  });
});

describe('a checksum that cannot be written', () => {
  it('fails the backup, and nothing is left', async () => {
    const sink = await openSink();
    await pipeline(Readable.from([Buffer.from('whole')]), sink.stream);
    s3.proxy.inject(isChecksum, s3Error(403, 'AccessDenied'));
    await expect(sink.commit()).rejects.toMatchObject({ code: 'failed' });
    await expectNothing();
  });

  it('leaves none beside an archive that has been replaced', async () => {
    await put('app', 'old');
    await put('app.sha256', 'of the old one');
    const sink = await openSink({ overwrite: true });
    await pipeline(Readable.from([Buffer.from('new')]), sink.stream);
    s3.proxy.inject(isChecksum, s3Error(403, 'AccessDenied'));
    await expect(sink.commit()).rejects.toMatchObject({ message: expect.stringContaining('is whole, but') });
    expect((await bytesOf('app')).toString()).toBe('new');
    expect([await exists('app.sha256'), await records()]).toEqual([false, []]);
  });
});

describe('the beginning of an upload', () => {
  it('in which a signal comes leaves none', async () => {
    const reason = new Error('interrupted');
    const signalWhenBegun = ({ target }: SeenRequest): boolean => {
      if (/[?&]uploads/.test(target)) stop.abort(reason);
      return false;
    };
    s3.proxy.inject(signalWhenBegun, s3Error(500, 'never'));
    await expect(openSink()).rejects.toBe(reason);
    expect(s3.proxy.requests.some(isAbort)).toBe(true);
    await expectNothing();
  });

  it('that is refused is told before the size is asked for', async () => {
    s3.proxy.inject(({ method }) => method === 'POST', s3Error(403, 'AccessDenied'));
    const opening = openSink({ expectedSize: () => Promise.reject(new Error('asked too early')) });
    await expect(opening).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining(bucket) });
    await expectNothing();
  });
});

it('to replace an archive takes no permission to read or list', async () => {
  await put('app', 'old');
  s3.proxy.inject(
    ({ method }) => method !== 'PUT' && method !== 'POST',
    s3Error(403, 'AccessDenied'),
    Infinity,
  );
  const sink = await openSink({ overwrite: true });
  await pipeline(Readable.from([Buffer.from('new')]), sink.stream);
  await sink.commit();
  expect((await bytesOf('app')).toString()).toBe('new');
  expect([await exists('app.sha256'), await unfinished(), await records()]).toEqual([true, 0, []]);
});

describe('an upload that cannot be aborted', () => {
  it('is told of with its mend, and is aborted by the next backup once its process is gone', async (context) => {
    const sink = await openSink();
    s3.proxy.inject(isAbort, s3Error(403, 'AccessDenied'), Infinity);
    await sink.abort();
    expect(reporter.warnings).toHaveLength(1);
    const [, id] = /--upload-id '?([^' )]+)/.exec(reporter.warnings[0]!) ?? [];
    expect(reporter.warnings[0]).toContain(`aws s3api abort-multipart-upload --bucket ${bucket} --key app`);
    expect(await unfinished()).toBe(1);
    const [name = ''] = await records();
    const folder = join(state, 'holdfast', 'uploads');
    expect(await readFile(join(folder, name), 'utf8')).toContain(id);

    // This process runs: its upload is its own affair.
    s3.proxy.reset();
    await (await openSink()).abort();
    expect(await unfinished()).toBe(1);

    const dead = name.replace(/-\d+-\d+-([0-9a-f]{12}\.json)$/, `-${spawnSync('true').pid}-1-$1`);
    if (dead === name) return context.skip('this system does not tell which processes are gone');
    await rename(join(folder, name), join(folder, dead));
    await writeFile(join(folder, dead.replace(/[0-9a-f]{4}\.json$/, 'ffff.json')), '{"place":');
    await (await openSink()).abort();
    expect(reporter.warnings[1]).toMatch(/^Removed what a backup that was killed left: parts of s3:.*app/);
    await expectNothing();
  });

  it('is an error of its own after a signal', async () => {
    const sink = await openSink();
    s3.proxy.inject(isAbort, s3Error(403, 'AccessDenied'), Infinity);
    stop.abort(new Error('interrupted'));
    await expect(sink.abort()).rejects.toMatchObject({
      name: 'Unfinished',
      message: expect.stringContaining('aws s3api abort-multipart-upload'),
    });
  });
});

it('holds the writer back while the service takes nothing', async () => {
  const sink = await openSink();
  s3.proxy.inject(isPart, { kind: 'silence', bytes: 1 }, Infinity);
  let isFull = false;
  while (!isFull && sink.bytesWritten() < 200 * MIB) {
    const taken = new Promise((resolve) => sink.stream.write(Buffer.alloc(8 * MIB), resolve));
    const begun = new Promise<false>((resolve) => setImmediate(() => setImmediate(() => resolve(false))));
    isFull = (await Promise.race([taken, begun])) === false && sink.bytesWritten() >= 24 * MIB;
  }
  expect(sink.bytesWritten()).toBe(24 * MIB);
  await sink.abort();
  await expectNothing();
});
