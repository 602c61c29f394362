import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
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
import { type RecordingReporter, recordingReporter } from '../support/recording-reporter.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';

const MIB = 2 ** 20;

const s3 = s3OfFile();

let bucket: string;
let stop: AbortController;
let state: string;
let reporter: RecordingReporter;

beforeEach(async () => {
  bucket = await s3.server.newBucket();
  stop = new AbortController();
  state = await temporaryFolder();
  reporter = recordingReporter();
});

const openSink = (key: string, options: Partial<S3SinkOptions> = {}): Promise<ArchiveSink> =>
  open(s3.server.url(bucket, key), {
    checksum: true,
    contentType: 'application/zip',
    expectedSize: async () => ({ likely: 0, most: 0 }),
    env: { XDG_STATE_HOME: state, ...s3.server.env },
    reporter,
    signal: stop.signal,
    ...options,
  });

/** Which of an archive and its checksum are there; listings of some servers lag behind. */
const keys = async (): Promise<string[]> => {
  const heads = ['app', 'app.sha256'].map((key) =>
    s3.server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).then(
      () => [key],
      () => [],
    ),
  );
  return (await Promise.all(heads)).flat();
};
const uploads = async (): Promise<string[]> => {
  const { Uploads = [] } = await s3.server.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.map(({ Key = '' }) => Key);
};
const bytesOf = async (key: string): Promise<Buffer> => {
  const { Body } = await s3.server.client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return buffer(Body as Readable);
};
const put = (key: string, text: string): Promise<unknown> =>
  s3.server.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
const content = (...parts: (string | Buffer)[]): Readable =>
  Readable.from(parts.map((part) => Buffer.from(part)));

describe('commit', () => {
  it('makes archive and checksum appear, and only then', async () => {
    const sink = await openSink('app');
    expect(await uploads()).toEqual(['app']);
    await pipeline(content('one ', 'two'), sink.stream);
    expect(await keys()).toEqual([]);
    await sink.commit();
    expect(await keys()).toEqual(['app', 'app.sha256']);
    expect(await uploads()).toEqual([]);
    expect((await bytesOf('app')).toString()).toBe('one two');
    expect([sink.name, sink.bytesWritten()]).toEqual([s3.server.url(bucket, 'app'), 7]);
    const head = await s3.server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'app' }));
    expect(head.ContentType).toBe('application/zip');
  });

  it('sends what is large in parts, and writes a checksum that sha256sum accepts', async (context) => {
    const bytes = randomBytes(20 * MIB + 1);
    const sink = await openSink('app');
    await pipeline(Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]), sink.stream);
    expect(await keys()).toEqual([]);
    await sink.commit();
    const { ETag } = await s3.server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'app' }));
    expect(ETag).toMatch(/-3"$/);
    const folder = await temporaryFolder();
    for (const key of await keys()) await writeFile(join(folder, key), await bytesOf(key));
    const digest = createHash('sha256').update(bytes).digest('hex');
    expect((await bytesOf('app.sha256')).toString()).toBe(`${digest}  app\n`);
    const sha256sum = required(context, await tool('sha256sum'));
    const { stdout } = await runTool(sha256sum, ['--check', '--strict', 'app.sha256'], { cwd: folder });
    expect(stdout.toString()).toContain(': OK');
  });

  it('ends the stream when nobody has, and writes an empty archive', async () => {
    const sink = await openSink('app', { checksum: false });
    await sink.commit();
    expect(await keys()).toEqual(['app']);
    expect(await bytesOf('app')).toHaveLength(0);
  });

  it('fails, and leaves nothing, when the stream was destroyed without an error', async () => {
    const sink = await openSink('app');
    sink.stream.write('half');
    sink.stream.destroy();
    await expect(sink.commit()).rejects.toMatchObject({ code: 'failed' });
    expect([await keys(), await uploads()]).toEqual([[], []]);
  });

  it('can be called twice, and abort after it does nothing', async () => {
    const sink = await openSink('app');
    await Promise.all([sink.commit(), sink.commit(), sink.abort()]);
    await sink.abort();
    expect(await keys()).toEqual(['app', 'app.sha256']);
  });

  it('keeps parts that are too large for memory in temporary files', async () => {
    const bytes = randomBytes(50 * MIB);
    const sink = await openSink('app', {
      // Parts of 33 MiB.
      expectedSize: async () => ({ likely: 0, most: 330_000 * MIB }),
    });
    await pipeline(Readable.from([bytes]), sink.stream);
    await sink.commit();
    expect((await bytesOf('app')).equals(bytes)).toBe(true);
    const { ETag } = await s3.server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'app' }));
    expect(ETag).toMatch(/-2"$/);
  });
});

describe('an existing object', () => {
  it.each(['app', 'app.sha256'])('%s is refused at once and stays as it is', async (key) => {
    await put(key, 'old');
    await expect(openSink('app')).rejects.toMatchObject({
      code: 'usage',
      message: `${s3.server.url(bucket, key)} exists already, and is not replaced.`,
      hint: expect.any(String),
    });
    expect([await keys(), await uploads()]).toEqual([[key], []]);
    expect((await bytesOf(key)).toString()).toBe('old');
  });

  it.each(['app', 'app.sha256'])(
    '%s that appears meanwhile stays as it is, and nothing else',
    async (key) => {
      const sink = await openSink('app');
      await pipeline(content('new'), sink.stream);
      await put(key, 'from somebody else');
      await expect(sink.commit()).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining(key),
      });
      expect([await keys(), await uploads()]).toEqual([[key], []]);
      expect((await bytesOf(key)).toString()).toBe('from somebody else');
    },
  );

  it('is replaced only when told, with its checksum', async () => {
    await put('app', 'old');
    await put('app.sha256', 'old');
    const sink = await openSink('app', { overwrite: true });
    await pipeline(content('new'), sink.stream);
    expect((await bytesOf('app')).toString()).toBe('old');
    await sink.commit();
    expect((await bytesOf('app')).toString()).toBe('new');
    expect((await bytesOf('app.sha256')).toString()).toContain('app');
    expect([await keys(), await uploads()]).toEqual([['app', 'app.sha256'], []]);
  });

  it('stays, with its checksum, when its replacement is given up', async () => {
    await put('app', 'old');
    await put('app.sha256', 'old');
    const sink = await openSink('app', { overwrite: true });
    await pipeline(content('new'), sink.stream);
    await sink.abort();
    expect((await bytesOf('app')).toString()).toBe('old');
    expect((await bytesOf('app.sha256')).toString()).toBe('old');
    expect(await uploads()).toEqual([]);
  });
});

describe('abort', () => {
  it('leaves nothing, whenever it comes', async () => {
    await (await openSink('app')).abort();
    expect([await keys(), await uploads()]).toEqual([[], []]);

    const written = await openSink('app');
    await pipeline(content('whole'), written.stream);
    await written.abort();
    await written.abort();
    expect([await keys(), await uploads()]).toEqual([[], []]);

    const writing = await openSink('app');
    writing.stream.write(Buffer.alloc(20 * MIB));
    await writing.abort();
    expect([await keys(), await uploads()]).toEqual([[], []]);
    await expect(writing.commit()).rejects.toMatchObject({ code: 'failed' });
    expect([await keys(), await uploads()]).toEqual([[], []]);
  });

  it('comes after a signal, which ends what is under way', async () => {
    const sink = await openSink('app');
    const reason = new Error('interrupted');
    const endless = async function* () {
      for (;;) {
        yield Buffer.alloc(MIB);
        if (sink.bytesWritten() > 20 * MIB) stop.abort(reason);
      }
    };
    await expect(pipeline(endless, sink.stream)).rejects.toBe(reason);
    await sink.abort();
    expect([await keys(), await uploads()]).toEqual([[], []]);
  });

  it('leaves no upload behind when the expected size cannot be told', async () => {
    const failing = openSink('app', { expectedSize: () => Promise.reject(new Error('cannot be listed')) });
    await expect(failing).rejects.toThrow('cannot be listed');
    expect(await uploads()).toEqual([]);
  });
});

describe('is refused before anything is read', () => {
  it.each(['', 'folder/', 'x'.repeat(1020)])('a key that cannot be one: %j', async (key) => {
    await expect(openSink(key)).rejects.toMatchObject({ code: 'usage', hint: expect.any(String) });
  });

  it('a bucket that is not there', async () => {
    await expect(
      open(s3.server.url(`${bucket}-no`, 'app'), {
        checksum: true,
        overwrite: true,
        contentType: 'application/zip',
        expectedSize: () => Promise.reject(new Error('asked too early')),
        env: { XDG_STATE_HOME: state },
        reporter,
        signal: stop.signal,
      }),
    ).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining(`${bucket}-no`) });
  });
});

it('tells when there is more than an object can hold', async () => {
  const sink = await openSink('app', {
    expectedSize: async () => ({ likely: 6 * 2 ** 40, most: 9 * 2 ** 40 }),
  });
  await sink.abort();
  expect(reporter.warnings).toEqual([expect.stringContaining('6.0 TiB')]);
});
