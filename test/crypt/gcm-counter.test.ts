import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  BLOCK_BYTES,
  decryptBlocks,
  hashKey,
  multiply,
  preCounterBlock,
} from '../../src/crypt/gcm-counter.ts';
import { fc } from '../support/fast-check.ts';

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

function seal(key: Buffer, nonce: Buffer, plaintext: Buffer): Buffer {
  return createCipheriv('aes-256-gcm', key, nonce).update(plaintext);
}

/** The 16-byte nonce whose J0 is `j0`: GHASH run backwards, x^(2^128 - 2) being the inverse of x in its field. */
function nonceOf(key: Buffer, j0: bigint): Buffer {
  const one = 1n << 127n;
  const h = hashKey(key);
  let inverse = one;
  for (let power = multiply(h, h), step = 0; step < 127; step++, power = multiply(power, power)) {
    inverse = multiply(inverse, power);
  }
  expect(multiply(h, inverse)).toBe(one);
  const nonce = multiply(multiply(j0, inverse) ^ 128n, inverse);
  return Buffer.from(nonce.toString(16).padStart(32, '0'), 'hex');
}

describe('decryptBlocks', () => {
  it('agrees with the GCM of OpenSSL for nonces of any length', () => {
    fc.assert(
      fc.property(
        bytes(32),
        fc.integer({ min: 1, max: 128 }).chain(bytes),
        fc.uint8Array({ maxLength: 200 }),
        (key, nonce, text) => {
          const sealed = seal(key, nonce, Buffer.from(text));
          expect(decryptBlocks(key, preCounterBlock(key, nonce), 0, sealed)).toEqual(Buffer.from(text));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('starts at any block', () => {
    const key = Buffer.alloc(32, 5);
    const nonce = Buffer.alloc(16, 6);
    const text = Buffer.from(Array.from({ length: 1000 }, (_, at) => at & 0xff));
    const sealed = seal(key, nonce, text);
    for (let block = 0; block * BLOCK_BYTES < text.length; block++) {
      const start = block * BLOCK_BYTES;
      expect(decryptBlocks(key, preCounterBlock(key, nonce), block, sealed.subarray(start))).toEqual(
        text.subarray(start),
      );
    }
  });

  it.each([0n, 1n, 2n, 3n, 40n])(
    'wraps the counter in its last 4 bytes alone, %s blocks before the end',
    (before) => {
      const key = Buffer.alloc(32, 9);
      const j0 = (0xffffffff_ffffffff_ffffffffn << 32n) | (0xffffffffn - before);
      const nonce = nonceOf(key, j0);
      expect(preCounterBlock(key, nonce).toString('hex')).toBe(j0.toString(16));
      const text = Buffer.alloc(64 * BLOCK_BYTES, 'x');
      const sealed = seal(key, nonce, text);
      for (const block of [0, 1, 2, 39, 40, 41, 63]) {
        const start = block * BLOCK_BYTES;
        const opened = decryptBlocks(key, preCounterBlock(key, nonce), block, sealed.subarray(start));
        expect(opened).toEqual(text.subarray(start));
      }
    },
  );
});

describe('preCounterBlock', () => {
  it('is the nonce and 1 for 12 bytes', () => {
    expect(preCounterBlock(Buffer.alloc(32), Buffer.alloc(12, 7)).toString('hex')).toBe(
      '07070707070707070707070700000001',
    );
  });
});
