import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../core/errors.ts';

/** Bytes of a key: AES-256. */
const KEY_BYTES = 32;

const HINT = 'A key is 64 hexadecimal digits (32 bytes); `holdfast keygen` makes one.';

/**
 * The 32 bytes of a key written as 64 hexadecimal digits, with blanks or a line end around them as files
 * have.
 * @throws HoldfastError `usage` for a wrong length or digit; it never shows any of the key
 */
export function parseKey(hex: string): Buffer {
  const digits = hex.trim();
  if (digits.length !== 2 * KEY_BYTES) {
    throw new HoldfastError('usage', `The key has ${digits.length} characters instead of ${2 * KEY_BYTES}.`, {
      hint: HINT,
    });
  }
  const wrong = digits.search(/[^0-9a-f]/i);
  if (wrong >= 0) {
    throw new HoldfastError('usage', `Character ${wrong + 1} of the key is not a hexadecimal digit.`, {
      hint: HINT,
    });
  }
  return Buffer.from(digits, 'hex');
}

/** A new random key: 64 hexadecimal digits. */
export function generateKey(): string {
  return randomBytes(KEY_BYTES).toString('hex');
}
