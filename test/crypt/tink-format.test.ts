import { describe, expect, it } from 'vitest';
import {
  HEADER_BYTES,
  SEGMENT_BYTES,
  TAG_BYTES,
  locatePlaintext,
  newHeader,
  plaintextBytes,
  plaintextCapacity,
  segmentCount,
  segmentNonce,
  segmentRange,
} from '../../src/crypt/tink-format.ts';
import { fc } from '../support/fast-check.ts';

describe('the layout', () => {
  it('has the numbers of AES256_GCM_HKDF_1MB', () => {
    expect([SEGMENT_BYTES, HEADER_BYTES, TAG_BYTES]).toEqual([1_048_576, 40, 16]);
    expect([plaintextCapacity(0), plaintextCapacity(1), plaintextCapacity(70_000)]).toEqual([
      1_048_520, 1_048_560, 1_048_560,
    ]);
  });

  it.each([
    [56, 1, 0],
    [1_048_576, 1, 1_048_520],
    [1_048_576 + 17, 2, 1_048_521],
    [2 * 1_048_576, 2, 1_048_520 + 1_048_560],
    [2 * 1_048_576 + 17, 3, 1_048_520 + 1_048_560 + 1],
  ])(
    'of a crypt of %i bytes has %i segments and %i bytes of plaintext',
    (cryptBytes, segments, plaintext) => {
      expect(segmentCount(cryptBytes)).toBe(segments);
      expect(plaintextBytes(cryptBytes)).toBe(plaintext);
    },
  );

  it('covers a crypt of any size once, without gaps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 56, max: 20 * SEGMENT_BYTES }), (cryptBytes) => {
        let end = HEADER_BYTES;
        for (let segment = 0; segment < segmentCount(cryptBytes); segment++) {
          const range = segmentRange(segment, cryptBytes);
          expect(range.start).toBe(end);
          end = range.end;
        }
        expect(end).toBe(cryptBytes);
      }),
    );
  });

  it('finds every position in its segment, beyond 4 GiB too', () => {
    const position = fc.oneof(
      fc.integer({ min: 0, max: 4 * SEGMENT_BYTES }),
      fc.integer({ min: 0, max: 2 ** 51 }),
    );
    fc.assert(
      fc.property(position, (at) => {
        const { segment, offset } = locatePlaintext(at);
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThan(plaintextCapacity(segment));
        const before = segment === 0 ? 0 : plaintextCapacity(0) + (segment - 1) * plaintextCapacity(1);
        expect(before + offset).toBe(at);
      }),
    );
  });
});

describe('segmentNonce', () => {
  it('is prefix, number and last flag', () => {
    const prefix = Buffer.from('01020304050607', 'hex');
    expect(segmentNonce(prefix, 0, false).toString('hex')).toBe('010203040506070000000000');
    expect(segmentNonce(prefix, 0x12345678, true).toString('hex')).toBe('010203040506071234567801');
    expect(segmentNonce(prefix, 0xffffffff, false).toString('hex')).toBe('01020304050607ffffffff00');
  });

  it('refuses a number that does not fit rather than use one again', () => {
    expect(() => segmentNonce(Buffer.alloc(7), 2 ** 32, false)).toThrow(RangeError);
  });
});

describe('newHeader', () => {
  it('is fresh each time', () => {
    const [first, second] = [newHeader(), newHeader()];
    expect([first.length, first[0]]).toEqual([40, 40]);
    expect(first.subarray(1, 33)).not.toEqual(second.subarray(1, 33));
    expect(first.subarray(33)).not.toEqual(second.subarray(33));
  });
});
