import { endpointOf } from '../../s3/endpoint.ts';
import { parseS3Location, type S3Location } from '../../s3/location.ts';
import { prefixOf } from './keys.ts';

/**
 * The place of a storage: a location whose key is what all keys of the storage begin with, empty or with a slash at its end.
 * @throws HoldfastError `usage`
 */
export function parsePlace(location: string): S3Location {
  const parsed = parseS3Location(location);
  return { ...parsed, key: prefixOf(parsed) };
}

/** The last segment of the prefix, or the bucket's name. */
export function nameOfPlace({ bucket, key }: S3Location): string {
  return key.split('/').findLast((segment) => segment !== '') ?? bucket;
}

/** The same place for who comes later, or from elsewhere: the endpoint may come from what is set here and now alone. */
export async function settlePlace(place: S3Location): Promise<S3Location> {
  const endpoint = await endpointOf(place);
  return endpoint === null ? place : { ...place, endpoint };
}
