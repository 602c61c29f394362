import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.ts';
import { generateKey, parseKey } from '../../src/crypt/key.ts';

function failure(text: string): HoldfastError {
  try {
    parseKey(text);
  } catch (error) {
    if (error instanceof HoldfastError) return error;
  }
  throw new Error('parseKey did not fail as it should');
}

describe('parseKey', () => {
  const hex = '00112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100';

  it('reads 64 digits in either case', () => {
    expect(parseKey(hex).toString('hex')).toBe(hex.toLowerCase());
  });

  it('takes a line as it stands in a file', () => {
    expect(parseKey(`${hex}\r\n`).length).toBe(32);
  });

  it.each([
    ['nothing', '', '0 characters'],
    ['one digit less', hex.slice(1), '63 characters'],
    ['one digit more', `${hex}0`, '65 characters'],
    ['a letter beyond f', `${hex.slice(0, 10)}g${hex.slice(11)}`, 'Character 11'],
    ['a blank inside', `${hex.slice(0, 63)} 1`, '65 characters'],
  ])('refuses %s', (_what, text, message) => {
    const error = failure(text);
    expect(error.code).toBe('usage');
    expect(error.message).toContain(message);
    expect(error.hint).toContain('keygen');
  });

  it('never shows any of the key', () => {
    const secret = 'deadbeefcafe';
    for (const text of [secret, `${secret}${'x'.repeat(52)}`]) {
      const { message, hint, cause } = failure(text);
      expect(`${message} ${hint} ${String(cause)}`).not.toContain(secret.slice(0, 4));
    }
  });
});

describe('generateKey', () => {
  it('makes a key that parseKey takes, another one each time', () => {
    const keys = Array.from({ length: 20 }, generateKey);
    expect(new Set(keys).size).toBe(20);
    for (const key of keys) expect(parseKey(key).toString('hex')).toBe(key);
  });
});
