import { HoldfastError } from '../core/errors.ts';

/** The crypt `name` is damaged; `what` is one sentence without its full stop that says where and how. */
export function damagedCrypt(name: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError('damaged', `${name} is damaged: ${what}.`, {
    hint: 'Use another copy of it. If it has a .sha256 file beside it, `sha256sum -c` tells whether this copy is what was written.',
    cause,
  });
}

/**
 * The crypt `name` does not open with the key: what authenticates the key is also what damage would break.
 */
export function wrongKey(name: string, where: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'key',
    `${name} does not open with this key: the key is wrong, or ${where} is damaged.`,
    {
      hint: 'Check that this is the key it was encrypted with. If it is, use another copy of the file: this one is damaged.',
      cause,
    },
  );
}
