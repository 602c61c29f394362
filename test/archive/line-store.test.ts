import { describe, expect, it } from 'vitest';
import { LineStore } from '../../src/archive/line-store.ts';

describe('lines that wait', () => {
  it('come back in order, whatever they hold', async () => {
    const store = new LineStore();
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index} ünï 🎉 ${'x'.repeat(index % 50)}\n`);
    for (const line of lines) store.add(line);
    expect(store.lines).toBe(20_000);
    const chunks = await Array.fromAsync(store.chunks());
    expect(chunks.length).toBeGreaterThan(1);
    expect(Buffer.concat(chunks).toString()).toBe(lines.join(''));
  });

  it('may be none', async () => {
    expect(await Array.fromAsync(new LineStore().chunks())).toEqual([]);
  });
});
