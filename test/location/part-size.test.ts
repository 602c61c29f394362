import { describe, expect, it } from 'vitest';
import { bufferCount } from '../../src/location/part-buffer.ts';
import { choosePartBytes, MOST_BYTES } from '../../src/location/part-size.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const TIB = 2 ** 40;

const MOST_PARTS = 10_000;

const partBytes = (most: number, mostParts = MOST_PARTS): number =>
  choosePartBytes({ likely: most, most }, mostParts);

describe('the size of parts', () => {
  it.each([
    [0, 8 * MIB],
    [1, 8 * MIB],
    [70 * GIB, 8 * MIB],
    [MOST_PARTS * 8 * MIB, 8 * MIB],
    [MOST_PARTS * 8 * MIB + 1, 9 * MIB],
    [TIB, 105 * MIB],
    [5 * TIB, 549_755_814],
    [5 * TIB + 1, 549_755_814],
    [1000 * TIB, 549_755_814],
    [Infinity, 549_755_814],
  ])('for %d bytes is %d', (most, expected) => {
    expect(partBytes(most)).toBe(expected);
  });

  it('is larger where a service takes fewer parts', () => {
    expect(partBytes(16_000 * MIB, 1000)).toBe(16 * MIB);
    expect(partBytes(100 * GIB, 1000)).toBe(103 * MIB);
    expect(partBytes(10 * TIB, 1000)).toBe(5 * GIB);
  });

  it('never takes more parts than there may be, nor parts or memory that are too large', () => {
    for (let most = 1; most <= 2 * MOST_BYTES; most = Math.ceil(most * 1.07)) {
      const bytes = partBytes(most);
      expect(Math.ceil(Math.min(most, MOST_BYTES) / bytes)).toBeLessThanOrEqual(MOST_PARTS);
      expect(bytes).toBeGreaterThanOrEqual(5 * MIB);
      expect(bytes).toBeLessThanOrEqual(5 * GIB);
      const count = bufferCount(bytes);
      expect(count).toBeGreaterThanOrEqual(2);
      if (bytes <= 24 * MIB) expect(count * bytes).toBeLessThanOrEqual(48 * MIB);
    }
  });
});
