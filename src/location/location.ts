import { HoldfastError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';
import { isS3Location, parseS3Location } from '../s3/location.ts';

/** The location that stands for standard input or output. */
export const STANDARD = '-';

/** A URL, also one with a slash too few; but not a drive of Windows. */
const URL_OR_LOGIN = /^[a-z][a-z0-9+.-]+:(\/\/|.*@)/is;

/** 64 hex digits, or a slip of some: they must not become the name of a file. */
const KEY = /^[0-9a-f]{60,68}$/i;

/**
 * Refuses a location that is neither `-` nor a path nor that of an S3 object.
 * @throws HoldfastError `usage`
 */
export function checkLocation(location: string): void {
  if (location === '') {
    throw new HoldfastError('usage', 'The name of the archive is empty.', {
      hint: 'Give a path, s3://bucket/key, or - for a pipe.',
    });
  }
  if (KEY.test(location)) {
    throw new HoldfastError('usage', 'The name of the archive looks like a key.', {
      hint: 'A key is given with --key-file. If a file of that name is meant, write ./ before it.',
    });
  }
  if (isS3Location(location)) {
    parseS3Location(location);
    return;
  }
  if (URL_OR_LOGIN.test(location)) {
    throw new HoldfastError(
      'usage',
      `${redactUrl(location)} is a URL of a kind that archives are not kept at.`,
      {
        hint: 'Give a path, s3://bucket/key, or - for a pipe; if a file of that name is meant, write ./ before it.',
      },
    );
  }
}
