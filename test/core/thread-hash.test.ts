import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ThreadHash } from '../../src/core/thread-hash.ts';

/** The digest of content that comes in pieces of a length. */
async function digestOf(content: Buffer, pieceBytes: number): Promise<string> {
  const threaded = new ThreadHash();
  for (let start = 0; start < content.length; start += pieceBytes)
    await threaded.update(content.subarray(start, start + pieceBytes));
  return threaded.digest();
}

describe('a hash on a thread of its own', () => {
  it.each([0, 1, 2 ** 20, 2 ** 23 - 1, 2 ** 23, 2 ** 23 + 1, 30_000_001])(
    'is that of all that came: %i bytes',
    async (bytes) => {
      const content = Buffer.alloc(bytes, 'all that came');
      expect(await digestOf(content, 700_001)).toBe(hash('sha256', content));
      expect(await digestOf(content, 5_000_000)).toBe(hash('sha256', content));
    },
  );

  it('takes copies', async () => {
    const threaded = new ThreadHash();
    const piece = Buffer.alloc(1000);
    const all: Buffer[] = [];
    for (let count = 0; count < 20_000; count++) {
      piece.fill(count % 251);
      all.push(Buffer.from(piece));
      await threaded.update(piece);
    }
    expect(await threaded.digest()).toBe(hash('sha256', Buffer.concat(all)));
  });

  it('can be given up, before and after its thread was started', async () => {
    for (const bytes of [10, 20_000_000]) {
      const threaded = new ThreadHash();
      await threaded.update(Buffer.alloc(bytes));
      await threaded.close();
      await threaded.close();
    }
  });
});
