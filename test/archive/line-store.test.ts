import { hash } from 'node:crypto';
import { crc32, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LineStore } from '../../src/archive/line-store.ts';

describe('lines that wait', () => {
  it('come back in order, whatever they hold', async () => {
    const store = new LineStore();
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index} ünï 🎉 ${'x'.repeat(index % 50)}\n`);
    for (const line of lines) store.add(line);
    expect(store.lines).toBe(20_000);
    const text = Buffer.from(lines.join(''));
    const { data, ...content } = await store.content();
    expect(data.length).toBeGreaterThan(2);
    expect(inflateRawSync(Buffer.concat(data)).equals(text)).toBe(true);
    expect(content).toEqual({
      method: 'deflate',
      size: text.length,
      sha256: hash('sha256', text),
      crc32: crc32(text),
    });
  });

  it('may be none', async () => {
    const { size, data } = await new LineStore().content();
    expect(size).toBe(0);
    expect(inflateRawSync(Buffer.concat(data)).length).toBe(0);
  });
});
