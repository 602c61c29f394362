import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Found } from '../support/tools.ts';
import { removeBucket } from './s3-buckets.ts';
import { findCeph, type S3Keys, startCeph } from './s3-ceph.ts';

/** What a program needs to reach a service as one of its accounts. */
export type S3Environment = Readonly<Record<string, string>>;

/** An S3 service for tests: a server that ends with this process at the latest, or the one that the environment names. */
export interface S3Server {
  /** Its URL, without path. */
  readonly endpoint: string;
  readonly region: string;
  /**
   * The owner of all buckets here: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL_S3` and
   * what keeps the AWS settings of the machine away. This process has it in its own environment too.
   */
  readonly env: S3Environment;
  /** The SDK as it is, for what a test prepares and looks at on another way than that of the code under test. */
  readonly client: S3Client;
  /** Makes an empty bucket. */
  newBucket(): Promise<string>;
  /**
   * Makes an account that may do nothing but what a bucket's policy grants to `arn:aws:iam:::user/<name>`. Only a server of
   * our own has it.
   */
  readonly newUser?: () => Promise<{ readonly name: string; readonly env: S3Environment }>;
  /** A location as a user writes it, with the endpoint: `s3://bucket/key?endpoint=…`. */
  url(bucket: string, key?: string): string;
  /** What a server of our own has logged so far: a line for each request among others. */
  log(): string;
  /** Ends the server; one that the environment names loses the buckets that were made here, with all they hold. */
  stop(): Promise<void>;
}

/** The same for all servers, so that the environment of a process serves two of them. */
const OWNER: S3Keys = { accessKey: 'HOLDFASTTESTACCESSKEY', secretKey: 'holdfast-test/secret+key' };

/** Says whether startS3 can work here; unpacks the server's programs into node_modules/.cache. */
export async function findS3(): Promise<Found<unknown>> {
  const given = process.env['HOLDFAST_TEST_S3_ENDPOINT'];
  return given ? { value: given } : findCeph();
}

/**
 * Gives a real S3 server that everything works on, with credentials in the environment of this process: a small Ceph, ready
 * in about a second, or the service at `HOLDFAST_TEST_S3_ENDPOINT`, whose credentials and region the environment has. One
 * server for a file of tests is enough: each test takes a bucket of its own.
 * @throws Error where it cannot be had: ask findS3 first
 */
export async function startS3(): Promise<S3Server> {
  const given = process.env['HOLDFAST_TEST_S3_ENDPOINT']?.replace(/\/$/, '');
  return given ? existing(given) : started();
}

async function started(): Promise<S3Server> {
  const ceph = await startCeph();
  const { endpoint } = ceph;
  const region = 'us-east-1';
  await ceph.addUser('owner', OWNER);
  const env = environment(endpoint, region, OWNER);
  for (const name of Object.keys(process.env))
    if (/^(AWS_PROFILE|AWS_SESSION_TOKEN|https?_proxy)$/i.test(name)) delete process.env[name];
  const { client, newBucket, url } = service(endpoint, region, env);
  return {
    endpoint,
    region,
    env,
    client,
    newBucket,
    url,
    newUser: async () => {
      const name = `user-${randomBytes(4).toString('hex')}`;
      const keys = { accessKey: randomBytes(10).toString('hex'), secretKey: randomBytes(20).toString('hex') };
      await ceph.addUser(name, keys);
      return { name, env: environment(endpoint, region, keys) };
    },
    log: () => ceph.log(),
    stop: async () => {
      client.destroy();
      await ceph.stop();
    },
  };
}

/** A service that is not ours to start and stop. */
function existing(endpoint: string): S3Server {
  const region = process.env['AWS_REGION'] ?? 'us-east-1';
  const settings = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'));
  const given = Object.fromEntries(settings) as Record<string, string>;
  const env = { ...given, AWS_REGION: region, AWS_ENDPOINT_URL_S3: endpoint };
  const { client, newBucket, url, buckets } = service(endpoint, region, env);
  return {
    endpoint,
    region,
    env,
    client,
    newBucket,
    url,
    log: () => '',
    stop: async () => {
      for (const bucket of buckets.splice(0)) await removeBucket(client, bucket);
      client.destroy();
    },
  };
}

function environment(endpoint: string, region: string, keys: S3Keys): S3Environment {
  return {
    AWS_ACCESS_KEY_ID: keys.accessKey,
    AWS_SECRET_ACCESS_KEY: keys.secretKey,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** What is the same for both. */
function service(endpoint: string, region: string, env: S3Environment) {
  Object.assign(process.env, env);
  const client = new S3Client({ endpoint, region, forcePathStyle: true });
  const buckets: string[] = [];
  return {
    client,
    buckets,
    newBucket: async () => {
      const bucket = `holdfast-test-${randomBytes(6).toString('hex')}`;
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      buckets.push(bucket);
      return bucket;
    },
    url: (bucket: string, key = '') =>
      `s3://${bucket}/${encodeURIComponent(key).replaceAll('%2F', '/')}?endpoint=${endpoint}&path-style=true`,
  };
}
