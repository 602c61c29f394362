import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { windowed } from '../../src/archive/windowed-source.ts';
import { memorySource } from './sample.ts';

const bytes = randomBytes(1_000_000);

describe('a source read through a window', () => {
  it('gives the same bytes, also where reads overlap', async () => {
    const source = windowed(memorySource(bytes));
    const places = [0, 10, 999_990, 999_999, 1_000_000, 300_000, 262_140, 5, 600_000, 600_001];
    const reads = places.flatMap((start) => [1, 30, 60_000, 70_000].map((length) => ({ start, length })));
    await Promise.all(
      reads.map(async ({ start, length }) => {
        const target = Buffer.alloc(length);
        const read = await source.read(target, start);
        expect(target.subarray(0, read).equals(bytes.subarray(start, start + length))).toBe(true);
      }),
    );
  });

  it('reads once for what lies together', async () => {
    let reads = 0;
    const { read, ...rest } = memorySource(bytes);
    const source = windowed({ ...rest, read: (target, position) => (reads++, read(target, position)) });
    for (let start = 0; start < 200_000; start += 1000) await source.read(Buffer.alloc(1000), start);
    expect(reads).toBe(1);
  });

  it('tries again after a read that failed', async () => {
    let sound = false;
    const { read, ...rest } = memorySource(bytes);
    const source = windowed({
      ...rest,
      read: (target, position) => (sound ? read(target, position) : Promise.reject(new Error('gone'))),
    });
    await expect(source.read(Buffer.alloc(10), 0)).rejects.toThrow('gone');
    sound = true;
    expect(await source.read(Buffer.alloc(10), 0)).toBe(10);
  });
});
