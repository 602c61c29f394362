import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import * as sdk from '../../src/s3/sdk.ts';
import { resolveSettings } from '../../src/s3/settings.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { failureOf } from './buckets.ts';

const NAMES = [
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
];
const before = new Map(NAMES.map((name) => [name, process.env[name]]));

afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** An environment with nothing of AWS but a configuration file and what is given. */
async function environment(given: Record<string, string> = {}): Promise<void> {
  const folder = await temporaryFolder();
  for (const name of NAMES) delete process.env[name];
  const config = join(folder, 'config');
  await writeFile(
    config,
    `[profile cloud]
region = eu-west-1
[profile own]
region = garage
endpoint_url = http://own.example.com:3900
[profile services]
services = mine
[services mine]
s3 =
  endpoint_url = http://services.example.com
`,
  );
  Object.assign(process.env, {
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    ...given,
  });
}

const bucket = { bucket: 'b', key: '' };

test('AWS itself needs a region and is asked with the bucket in the host name', async () => {
  await environment();
  const error = await failureOf(resolveSettings(sdk, bucket));
  expect([error.code, error.hint]).toEqual(['usage', expect.stringContaining('AWS_REGION')]);
  await environment({ AWS_DEFAULT_REGION: 'eu-north-1' });
  expect(await resolveSettings(sdk, bucket)).toEqual({
    endpoint: null,
    region: 'eu-north-1',
    pathStyle: false,
  });
  await environment({ AWS_REGION: 'eu-west-3', AWS_DEFAULT_REGION: 'eu-north-1' });
  expect((await resolveSettings(sdk, bucket)).region).toBe('eu-west-3');
});

test('another service needs none and is asked with the bucket in the path, unless told otherwise', async () => {
  await environment({ AWS_ENDPOINT_URL: 'http://any.example.com' });
  const any = { endpoint: 'http://any.example.com', region: 'us-east-1', pathStyle: true };
  expect(await resolveSettings(sdk, bucket)).toEqual(any);
  expect(await resolveSettings(sdk, { ...bucket, pathStyle: false })).toEqual({ ...any, pathStyle: false });
  await environment({
    AWS_ENDPOINT_URL: 'http://any.example.com',
    AWS_ENDPOINT_URL_S3: 'http://s3.example.com',
  });
  expect((await resolveSettings(sdk, bucket)).endpoint).toBe('http://s3.example.com');
});

test('the location beats its profile, and that the environment', async () => {
  await environment({ AWS_REGION: 'eu-west-3', AWS_ENDPOINT_URL_S3: 'http://s3.example.com' });
  const own = { endpoint: 'http://own.example.com:3900', region: 'garage', pathStyle: true };
  expect(await resolveSettings(sdk, { ...bucket, profile: 'own' })).toEqual(own);
  expect(
    await resolveSettings(sdk, { ...bucket, profile: 'own', region: 'x', endpoint: 'http://y' }),
  ).toEqual({
    endpoint: 'http://y',
    region: 'x',
    pathStyle: true,
  });
  expect((await resolveSettings(sdk, { ...bucket, profile: 'services' })).endpoint).toBe(
    'http://services.example.com',
  );
  const cloud = await resolveSettings(sdk, { ...bucket, profile: 'cloud' });
  expect(cloud).toEqual({ endpoint: 'http://s3.example.com', region: 'eu-west-1', pathStyle: true });
});

test('the profile of the environment counts where nothing else is said', async () => {
  await environment({ AWS_PROFILE: 'own', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false' });
  expect((await resolveSettings(sdk, bucket)).endpoint).toBe('http://own.example.com:3900');
  await environment({ AWS_PROFILE: 'own', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' });
  expect((await resolveSettings(sdk, bucket)).endpoint).toBe(null);
});

test('a profile that is not there is told', async () => {
  await environment();
  const error = await failureOf(resolveSettings(sdk, { ...bucket, profile: 'nobody' }));
  expect(error.message).toBe('There is no profile nobody in the AWS configuration files.');
});
