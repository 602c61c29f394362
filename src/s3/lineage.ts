import { endpointOf } from './endpoint.ts';
import type { S3Location } from './location.ts';

/** Endpoints of AWS itself, whose buckets have one name in all regions: `s3.eu-west-1.amazonaws.com`, `…amazonaws.com.cn`. */
const AWS_HOST = /(^|\.)amazonaws\.com(\.cn)?$/;

/**
 * What identifies a key and each prefix above it, from itself upwards: the service, the bucket and the key up to each of its
 * slashes. Prefixes end with a slash. Nothing is asked of the service.
 */
export async function s3Lineage(location: S3Location): Promise<string[]> {
  const { bucket, key } = location;
  const above = Array.from(key.matchAll(/\//g), ({ index }) => key.slice(0, index + 1));
  const keys = new Set([key, ...above.toReversed(), '']);
  const place = `s3 ${await serviceOf(location)} ${bucket}/`;
  return Array.from(keys, (prefix) => place + prefix);
}

/** True when two locations name the same key or prefix of the same service, however its endpoint is spelled. */
export async function isSameS3Place(one: S3Location, other: S3Location): Promise<boolean> {
  return one.key === other.key && (await s3Lineage(one))[0] === (await s3Lineage(other))[0];
}

/** The host and port of a location's service, `aws` for all of AWS. */
async function serviceOf(location: S3Location): Promise<string> {
  // A profile that is not there, or no region: opening it says so with the right words.
  const endpoint = await endpointOf(location).catch(() => null);
  if (endpoint === null || !URL.canParse(endpoint)) return 'aws';
  // It has lower case, and no port where that is the scheme's own.
  const { hostname, host } = new URL(endpoint);
  return AWS_HOST.test(hostname) ? 'aws' : host;
}
