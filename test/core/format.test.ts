import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration } from '../../src/core/format.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [150 * 1024, '150 KiB'],
    [5 * 1024 ** 4, '5.0 TiB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [9_940, '9.9 s'],
    [59_400, '59 s'],
    [185_000, '3:05 min'],
    [7_385_000, '2:03:05 h'],
  ])('writes %d ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('formatCount', () => {
  it('puts the noun in the right number', () => {
    expect(formatCount(0, 'row')).toBe('0 rows');
    expect(formatCount(1, 'entry', 'entries')).toBe('1 entry');
    expect(formatCount(999, 'entry', 'entries')).toBe('999 entries');
    expect(formatCount(12_345, 'entry', 'entries')).toBe('12,345 entries');
    expect(formatCount(123_456_789, 'row')).toBe('123,456,789 rows');
  });
});
