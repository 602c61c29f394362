import { expect, it } from 'vitest';
import { release } from '../../src/core/release.ts';

it('empties a large buffer and all its parts', () => {
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  const part = buffer.subarray(10, 20);
  release(part);
  expect([buffer.length, part.length]).toEqual([0, 0]);
});

it('leaves alone what may share its memory', () => {
  const buffers = [Buffer.from('small'), Buffer.allocUnsafe(Buffer.poolSize), Buffer.alloc(0)];
  for (const buffer of buffers) release(buffer);
  expect(buffers.map(({ length }) => length)).toEqual([5, Buffer.poolSize, 0]);
  expect(buffers[0]?.toString()).toBe('small');
  const shared = Buffer.from(new SharedArrayBuffer(1 << 20));
  release(shared);
  expect(shared).toHaveLength(1 << 20);
});
