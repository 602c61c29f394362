import { randomBytes } from 'node:crypto';
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { s3OfFile } from '../servers/s3-of-file.ts';
import { type HoldfastOptions, runHoldfast, startHoldfast } from '../support/run-holdfast.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required, runTool, tool } from '../support/tools.ts';

const KEY = '0123456789abcdef'.repeat(4);

const s3 = s3OfFile();

let bucket: string;
let cwd: string;
let options: HoldfastOptions;

beforeEach(async () => {
  bucket = await s3.server.newBucket();
  cwd = await temporaryFolder();
  options = {
    cwd,
    env: { ...s3.server.env, AWS_ENDPOINT_URL_S3: s3.proxy.endpoint, XDG_STATE_HOME: join(cwd, 'state') },
  };
  await mkdir(join(cwd, 'uploads'));
  await writeFile(join(cwd, 'uploads', 'file'), randomBytes(100_000));
});

const backup = (key: string, storage = 'uploads'): string[] => [
  'backup',
  `s3://${bucket}/${key}?path-style=true`,
  '--skip-database',
  '--storage',
  storage,
];

const bytesOf = async (key: string): Promise<Buffer> => {
  const { Body } = await s3.server.client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return buffer(Body as Readable);
};
const exists = (key: string): Promise<boolean> =>
  s3.server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).then(
    () => true,
    () => false,
  );
const unfinished = async (): Promise<number> => {
  const { Uploads = [] } = await s3.server.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.length;
};
const records = async (): Promise<string[]> =>
  readdir(join(cwd, 'state', 'holdfast', 'uploads')).catch(() => []);

/** Starts a backup that no machine could end before it is looked at, and returns once some parts are on their way. */
async function startedUploading(key: string): Promise<ReturnType<typeof startHoldfast>> {
  await mkdir(join(cwd, 'endless'), { recursive: true });
  // Random at the beginning, so that it is not deflated; sparse behind that, so that it takes no room.
  await writeFile(join(cwd, 'endless', 'file'), randomBytes(100_000));
  await truncate(join(cwd, 'endless', 'file'), 64 * 2 ** 30);
  s3.proxy.reset();
  const started = startHoldfast(backup(key, 'endless'), options);
  while (!s3.proxy.requests.some(({ target }) => target.includes('partNumber=3&'))) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(started.child.exitCode, 'the backup went on until it was stopped').toBeNull();
  }
  return started;
}

it('a backup goes to a bucket, where any tool finds it good', async (context) => {
  const result = await runHoldfast([...backup('app'), '--json'], options);
  expect(result).toMatchObject({ code: 0 });
  const summary = JSON.parse(result.stderr.trimEnd().split('\n').at(-1)!) as Record<string, unknown>;
  expect(summary).toMatchObject({ archive: `s3://${bucket}/app?path-style=true`, complete: true });
  for (const key of ['app', 'app.sha256']) await writeFile(join(cwd, key), await bytesOf(key));
  const sha256sum = required(context, await tool('sha256sum'));
  expect((await runTool(sha256sum, ['-c', '--strict', 'app.sha256'], { cwd })).stdout.toString()).toBe(
    'app: OK\n',
  );
  const unzip = required(context, await tool('unzip'));
  expect((await runTool(unzip, ['-t', 'app'], { cwd })).stdout.toString()).toContain('No errors detected');
  expect([await unfinished(), await records()]).toEqual([0, []]);
  const { ContentType } = await s3.server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'app' }));
  expect(ContentType).toBe('application/zip');
});

it('what exists is replaced only when told, also by decrypt', async () => {
  const encrypted = await runHoldfast([...backup('crypt'), '--key', KEY], options);
  expect(encrypted).toMatchObject({ code: 0 });
  const { ContentType } = await s3.server.client.send(
    new HeadObjectCommand({ Bucket: bucket, Key: 'crypt' }),
  );
  expect(ContentType).toBe('application/octet-stream');
  const refused = await runHoldfast(backup('crypt'), options);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('exists already');
  await writeFile(join(cwd, 'a.zip.crypt'), await bytesOf('crypt'));
  const decrypt = ['decrypt', 'a.zip.crypt', `s3://${bucket}/crypt?path-style=true`, '--key', KEY];
  expect(await runHoldfast(decrypt, options)).toMatchObject({ code: 2 });
  expect(await runHoldfast([...decrypt, '--overwrite'], options)).toMatchObject({ code: 0 });
  expect((await bytesOf('crypt')).subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
  expect([await unfinished(), await records()]).toEqual([0, []]);
});

it('SIGINT in the middle leaves nothing', async () => {
  const { child, result } = await startedUploading('app');
  expect([await exists('app'), await exists('app.sha256'), await unfinished()]).toEqual([false, false, 1]);
  child.kill('SIGINT');
  const ended = await result;
  expect(ended).toMatchObject({ code: 130, signal: null });
  expect(ended.stderr).toContain('Nothing was left behind.');
  expect([await exists('app'), await exists('app.sha256'), await unfinished(), await records()]).toEqual([
    false,
    false,
    0,
    [],
  ]);
});

describe.runIf(process.platform === 'linux')('what a killed backup left', () => {
  it('is removed by the next one into that bucket, with a word', async () => {
    const { child, result } = await startedUploading('app');
    child.kill('SIGKILL');
    expect(await result).toMatchObject({ signal: 'SIGKILL' });
    expect([await exists('app'), await unfinished()]).toEqual([false, 1]);
    expect(await records()).toHaveLength(1);
    // As one leaves it that is killed between its checksum and its archive.
    await s3.server.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'app.sha256', Body: 'sum' }));
    const next = await runHoldfast(backup('other'), options);
    expect(next).toMatchObject({ code: 0 });
    expect(next.stderr).toContain(`Removed what a backup that was killed left: parts of s3://${bucket}/app`);
    expect([await exists('other'), await unfinished(), await records()]).toEqual([true, 0, []]);
    expect(await exists('app.sha256')).toBe(false);
  });
});

it('a bucket that is not there is told before anything is read', async () => {
  const missing = backup('app').map((word) => word.replace(bucket, `${bucket}-no`));
  const result = await runHoldfast([...missing, '--verbose'], options);
  expect(result).toMatchObject({ code: 1 });
  expect(result.stderr).toContain(`${bucket}-no`);
  expect(await records()).toEqual([]);
});
