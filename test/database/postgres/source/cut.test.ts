import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutParts } from '../../../../src/database/postgres/source/cut.ts';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function cut(
  bytes: Buffer,
  sizes: readonly number[],
  partBytes: number,
): Promise<{ text: string; rows: number }[]> {
  const parts = [];
  for await (const part of cutParts(chunksOf(bytes, sizes), partBytes)) {
    const chunks = [];
    for await (const chunk of part.chunks) chunks.push(chunk);
    parts.push({ text: Buffer.concat(chunks).toString('latin1'), rows: part.rows() });
  }
  return parts;
}

describe('cutParts', () => {
  it('ends a part at the first row boundary at or past its size', async () => {
    const parts = await cut(Buffer.from('aa\nbb\ncccccc\nd\n'), [4], 6);
    expect(parts).toEqual([
      { text: 'aa\nbb\n', rows: 2 },
      { text: 'cccccc\n', rows: 1 },
      { text: 'd\n', rows: 1 },
    ]);
  });

  it('makes no part of nothing', async () => {
    expect(await cut(Buffer.alloc(0), [1], 10)).toEqual([]);
  });

  it('gives what it got, whatever the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 20, unit: fc.constantFrom('a', 'b') })),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 60 }),
        async (rows, sizes, partBytes) => {
          const text = rows.map((row) => `${row}\n`).join('');
          const parts = await cut(Buffer.from(text), sizes, partBytes);
          expect(parts.map((part) => part.text).join('')).toBe(text);
          for (const [index, part] of parts.entries()) {
            expect(part.text.endsWith('\n')).toBe(true);
            expect(part.rows).toBe(part.text.split('\n').length - 1);
            // No row could be left out of it, and only the last part may be short.
            expect(part.text.slice(0, -1).lastIndexOf('\n') + 1).toBeLessThan(partBytes);
            if (index < parts.length - 1) expect(part.text.length).toBeGreaterThanOrEqual(partBytes);
          }
        },
      ),
    );
  });

  it('passes chunks on without a copy', async () => {
    const bytes = Buffer.from('aaaa\nbbbb\n');
    for await (const part of cutParts(chunksOf(bytes, [100]), 3)) {
      for await (const chunk of part.chunks) expect(chunk.buffer).toBe(bytes.buffer);
    }
  });

  it('ends its input when it is left early', async () => {
    let ended = false;
    async function* input(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield Buffer.from('a\n');
      } finally {
        ended = true;
      }
    }
    for await (const part of cutParts(input(), 1)) {
      for await (const _ of part.chunks);
      break;
    }
    expect(ended).toBe(true);
  });

  it('refuses to go on past a part that was not read', async () => {
    const parts = cutParts(chunksOf(Buffer.from('a\nb\n'), [1]), 1);
    await parts.next();
    await expect(parts.next()).rejects.toThrow('read to its end');
  });
});
