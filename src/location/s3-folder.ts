import { formatS3Location, isS3Location, parseS3Location } from '../s3/location.ts';

/**
 * The location of `name` in the folder that a location in S3 stands for: a bucket, or a key that ends with a slash. Null for
 * every other location.
 * @throws HoldfastError `usage` for what is no valid location in S3 and looks like one
 */
export function insideS3Folder(location: string, name: string): string | null {
  if (!isS3Location(location)) return null;
  const place = parseS3Location(location);
  const isFolder = place.key === '' || place.key.endsWith('/');
  return isFolder ? formatS3Location({ ...place, key: place.key + name }) : null;
}
