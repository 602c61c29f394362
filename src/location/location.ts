import { HoldfastError } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';

/** The location that stands for standard input or output. */
export const STANDARD = '-';

/**
 * Refuses a location that is neither `-` nor a path.
 * @throws HoldfastError `usage`
 */
export function checkLocation(location: string): void {
  if (location === '') {
    throw new HoldfastError('usage', 'The name of the archive is empty.', {
      hint: 'Give a path, or - for a pipe.',
    });
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) {
    throw new HoldfastError(
      'usage',
      `${redactUrl(location)} is a URL of a kind that archives are not kept at.`,
      {
        hint: 'Give a path, or - for a pipe.',
      },
    );
  }
}
