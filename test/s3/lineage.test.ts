import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isSameS3Place, s3Lineage } from '../../src/s3/lineage.ts';
import { parseS3Location } from '../../src/s3/location.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** With nothing but these settings in the environment. */
async function lineage(location: string, env: Record<string, string> = {}): Promise<string[]> {
  const none = { AWS_ENDPOINT_URL_S3: '', AWS_ENDPOINT_URL: '', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '' };
  const missing = join(tmpdir(), 'there-is-no-such-file');
  const files = { AWS_CONFIG_FILE: missing, AWS_SHARED_CREDENTIALS_FILE: missing, AWS_PROFILE: '' };
  for (const [name, value] of Object.entries({ ...none, ...files, AWS_REGION: 'one', ...env }))
    vi.stubEnv(name, value);
  return s3Lineage(parseS3Location(location));
}

afterEach(() => vi.unstubAllEnvs());

describe('s3Lineage', () => {
  it('goes from the key up to the bucket', async () => {
    expect(await lineage('s3://b/p/q/x')).toEqual([
      's3 aws b/p/q/x',
      's3 aws b/p/q/',
      's3 aws b/p/',
      's3 aws b/',
    ]);
    expect(await lineage('s3://b/p/q/')).toEqual(['s3 aws b/p/q/', 's3 aws b/p/', 's3 aws b/']);
    expect(await lineage('s3://b//p//')).toEqual([
      's3 aws b//p//',
      's3 aws b//p/',
      's3 aws b//',
      's3 aws b/',
    ]);
    expect(await lineage('s3://b')).toEqual(['s3 aws b/']);
  });

  it.each([
    ['http://Host.example:80/', 'http://host.example'],
    ['https://s3.example.com:443', 'https://S3.example.com'],
    ['https://s3.eu-west-1.amazonaws.com', 'https://s3.amazonaws.com'],
  ])('knows %s for %s', async (one, other) => {
    expect(await lineage(`s3://b/p?endpoint=${one}`)).toEqual(await lineage(`s3://b/p?endpoint=${other}`));
    expect(await lineage(`s3://b/p?endpoint=${one}`)).toEqual(
      await lineage('s3://b/p', { AWS_ENDPOINT_URL_S3: other }),
    );
    expect(await lineage(`s3://b/p?endpoint=${one}`)).toEqual(
      await lineage('s3://b/p', { AWS_ENDPOINT_URL: other }),
    );
  });

  it('takes the endpoint from the location, the service’s variable, the common one, a profile', async () => {
    const env = { AWS_ENDPOINT_URL_S3: 'http://s3', AWS_ENDPOINT_URL: 'http://all' };
    expect(await lineage('s3://b?endpoint=http://own', env)).toEqual(['s3 own b/']);
    expect(await lineage('s3://b', env)).toEqual(['s3 s3 b/']);
    expect(await lineage('s3://b', { ...env, AWS_ENDPOINT_URL_S3: '' })).toEqual(['s3 all b/']);
    expect(await lineage('s3://b', { ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })).toEqual([
      's3 aws b/',
    ]);
    expect(await lineage('s3://b', { AWS_ENDPOINT_URL: 'nonsense' })).toEqual(['s3 aws b/']);
    const config = join(await temporaryFolder(), 'config');
    await writeFile(config, '[profile minio]\nendpoint_url = http://minio:9000\nregion = one\n');
    expect(await lineage('s3://b?profile=minio', { AWS_CONFIG_FILE: config })).toEqual(['s3 minio:9000 b/']);
    expect(await lineage('s3://b?profile=other', { AWS_CONFIG_FILE: config })).toEqual(['s3 aws b/']);
    // Without a region nothing can be asked of AWS, and the place is the same.
    expect(await lineage('s3://b', { AWS_REGION: '', AWS_DEFAULT_REGION: '' })).toEqual(['s3 aws b/']);
  });
});

describe('isSameS3Place', () => {
  it('tells keys, buckets and services apart', async () => {
    const place = parseS3Location('s3://b/p/?endpoint=http://host:9000&region=one');
    const same = (other: string): Promise<boolean> => isSameS3Place(place, parseS3Location(other));
    expect(await same('s3://b/p/?endpoint=http://HOST:9000/&profile=other')).toBe(true);
    for (const other of ['s3://b/p/?endpoint=http://host', 's3://b/p?endpoint=http://host:9000', 's3://c/p/'])
      expect(await same(other)).toBe(false);
  });
});
