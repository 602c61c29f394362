import { afterAll, afterEach, beforeAll, type TestContext } from 'vitest';
import { type Bucket, type BucketOptions, openBucket } from '../../src/s3/bucket.ts';
import type { S3Location } from '../../src/s3/location.ts';
import { findS3, type S3Server, startS3 } from '../servers/s3.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type RecordingReporter, recordingReporter } from '../support/recording-reporter.ts';
import { type Found, required } from '../support/tools.ts';

/** A server with a proxy in front of it that can fail; both are there for all tests of a file. */
export interface Service {
  readonly server: S3Server;
  readonly proxy: FaultProxy;
}

/** A new bucket, opened through the proxy. */
export interface OpenedBucket extends Service {
  readonly name: string;
  readonly bucket: Bucket;
  /** What the bucket told. */
  readonly reporter: RecordingReporter;
  /** Opens it once more, in another way. */
  reopen(options?: Partial<BucketOptions>, location?: Partial<S3Location>): Promise<Bucket>;
}

/** Starts a server for a file of tests, to be called at its top. Each test opens a bucket of its own. */
export function bucketsOfFile(): (
  context: TestContext,
  options?: Partial<BucketOptions>,
) => Promise<OpenedBucket> {
  let found: Found<unknown> = { reason: 'it was not looked for' };
  let service: Service | undefined;
  const opened: Bucket[] = [];
  beforeAll(async () => {
    found = await findS3();
    if (found.reason !== undefined) return;
    const server = await startS3();
    service = { server, proxy: await startFaultProxy(server.endpoint) };
  }, 300_000);
  afterEach(() => {
    service?.proxy.reset();
    for (const bucket of opened.splice(0)) bucket.close();
  });
  afterAll(async () => {
    service?.proxy.close();
    await service?.server.stop();
  });
  return async (context, options = {}) => {
    const { server, proxy } = required(
      context,
      service === undefined ? (found as Found<Service>) : { value: service },
    );
    const name = await server.newBucket();
    const reporter = recordingReporter();
    const reopen: OpenedBucket['reopen'] = async (more, location) => {
      const bucket = await openBucket(
        { bucket: name, key: '', endpoint: proxy.endpoint, ...location },
        { signal: new AbortController().signal, reporter, idleTimeout: 500, ...options, ...more },
      );
      opened.push(bucket);
      return bucket;
    };
    return { server, proxy, name, reporter, reopen, bucket: await reopen() };
  };
}

/** All that an object holds. */
export async function contentOf(bucket: Bucket, ...request: Parameters<Bucket['open']>): Promise<Buffer> {
  const { content } = await bucket.open(...request);
  return Buffer.concat((await content.toArray()) as Buffer[]);
}

/** All keys under a prefix. */
export async function keysOf(bucket: Bucket, ...request: Parameters<Bucket['list']>): Promise<string[]> {
  const objects = await Array.fromAsync(bucket.list(...request));
  return objects.map(({ key }) => key);
}

/** The error that something rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> {
  return work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: Error) => error,
  );
}
