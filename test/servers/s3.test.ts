import { execFile } from 'node:child_process';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { required, type Found } from '../support/tools.ts';
import { removeBucket } from './s3-buckets.ts';
import { findS3, type S3Environment, type S3Server, startS3 } from './s3.ts';

describe('startS3', () => {
  let found: Found<unknown>;
  let server: S3Server;
  beforeAll(async () => {
    found = await findS3();
    if (found.reason === undefined) server = await startS3();
  }, 300_000);
  afterAll(() => server?.stop());

  it('keeps objects under keys of any form, and copies them', async (context) => {
    required(context, found);
    const bucket = await server.newBucket();
    const keys = [
      '/',
      '..',
      '../a/./b',
      '.hidden.zip',
      '__x',
      'a//b/',
      'a\tb',
      'grüße 🌊+%2F',
      'x'.repeat(1024),
    ];
    for (const key of keys) {
      await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: key }));
    }
    const { Contents = [] } = await server.client.send(
      new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }),
    );
    expect(Contents.map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', '%20'))).toSorted()).toEqual(
      keys.toSorted(),
    );

    await server.client.send(
      new CopyObjectCommand({ Bucket: bucket, Key: 'copy', CopySource: `${bucket}/../a/./b` }),
    );
    const { Body } = await server.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'copy' }));
    expect(await Body?.transformToString()).toBe('../a/./b');
  });

  it('removes a bucket with what it holds', async (context) => {
    required(context, found);
    const Bucket = `${await server.newBucket()}-2`;
    await server.client.send(new CreateBucketCommand({ Bucket }));
    await server.client.send(new PutObjectCommand({ Bucket, Key: 'a+b%20/ü', Body: 'x' }));
    await server.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'unfinished' }));
    await removeBucket(server.client, Bucket);
    await expect(server.client.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });

  it('refuses a wrong secret', async (context) => {
    required(context, found);
    required(context, ownServer(server));
    const client = clientOf({ ...server.env, AWS_SECRET_ACCESS_KEY: 'wrong' });
    await expect(client.send(new ListBucketsCommand())).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    client.destroy();
  });

  it('makes accounts that may do what a policy grants, and nothing else', async (context) => {
    required(context, found);
    const newUser = required(context, ownServer(server));
    const bucket = await server.newBucket();
    const user = await newUser();
    const client = clientOf(user.env);
    const put = (key: string) => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }));
    await expect(put('allowed/a')).rejects.toMatchObject({ name: 'AccessDenied' });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: [`arn:aws:iam:::user/${user.name}`] },
          Action: ['s3:PutObject'],
          Resource: [`arn:aws:s3:::${bucket}/allowed/*`],
        },
      ],
    });
    await server.client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    await put('allowed/a');
    await expect(put('elsewhere')).rejects.toMatchObject({ name: 'AccessDenied' });
    client.destroy();
  });

  it('does not outlive a process that is killed', async (context) => {
    required(context, found);
    required(context, ownServer(server));
    const script = `
      const { startS3 } = await import(${JSON.stringify(join(import.meta.dirname, 's3.ts'))});
      const { endpoint } = await startS3();
      process.stdout.write(endpoint, () => process.kill(process.pid, 'SIGKILL'));`;
    const endpoint = await new Promise<string>((resolve) => {
      execFile(process.execPath, ['--input-type=module', '--eval', script], (_error, stdout) =>
        resolve(stdout),
      );
    });
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const isGone = () =>
      fetch(endpoint).then(
        () => false,
        () => true,
      );
    await expect.poll(isGone, { timeout: 20_000 }).toBe(true);
  });
});

/** The way to new accounts, which a service that others run does not give. */
function ownServer({ newUser }: S3Server): Found<NonNullable<S3Server['newUser']>> {
  return newUser === undefined
    ? { reason: 'the service at HOLDFAST_TEST_S3_ENDPOINT is not ours' }
    : { value: newUser };
}

function clientOf(env: S3Environment): S3Client {
  return new S3Client({
    endpoint: env['AWS_ENDPOINT_URL_S3'] ?? '',
    region: env['AWS_REGION'] ?? '',
    forcePathStyle: true,
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
}
