import type { S3Location } from '../../s3/location.ts';

/**
 * What restores make at the root of a prefix, next to its content: `.holdfast-<token>/…`, `.holdfast-journal-<token>.json`,
 * and `.holdfast-kept-<token>/…`.
 */
const OWN_NAME = /^\.holdfast-(?:journal-|kept-)?[0-9a-f]{12}(?=$|[./])/;

/** What every key of a storage begins with: empty for a whole bucket, else it ends with a slash. */
export function prefixOf({ key }: S3Location): string {
  return key === '' || key.endsWith('/') ? key : `${key}/`;
}

/** The name at the root of a prefix that restores use, and nothing else may have there; null for content. */
export function ownNameOf(path: string): string | null {
  return OWN_NAME.exec(path)?.[0] ?? null;
}
