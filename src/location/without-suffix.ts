import { formatS3Location, isS3Location, parseS3Location } from '../s3/location.ts';

/**
 * The location without `suffix`, which its path or key ends with; null when it does not, or has nothing else as a name.
 * @throws HoldfastError `usage` for what is no valid location in S3 and looks like one
 */
export function withoutSuffix(location: string, suffix: string): string | null {
  if (!isS3Location(location)) return cut(location, suffix);
  const place = parseS3Location(location);
  const key = cut(place.key, suffix);
  return key === null ? null : formatS3Location({ ...place, key });
}

function cut(name: string, suffix: string): string | null {
  const rest = name.endsWith(suffix) ? name.slice(0, -suffix.length) : '';
  return rest === '' || rest.endsWith('/') ? null : rest;
}
