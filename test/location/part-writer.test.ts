import { randomBytes, randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterEach, expect, it } from 'vitest';
import { PartWriter } from '../../src/location/part-writer.ts';
import type { PartSource } from '../../src/s3/types.ts';

let writer: PartWriter;
afterEach(() => writer.release());

/** A writer whose parts are kept; they are taken in any order. */
function keepingWriter(partBytes: number): Map<number, Buffer> {
  const parts = new Map<number, Buffer>();
  const sendPart = async (number: number, content: Uint8Array | PartSource) => {
    for (let turns = randomInt(3); turns > 0; turns--) await new Promise(setImmediate);
    const bytes =
      content instanceof Uint8Array ? Buffer.from(content) : await buffer(Readable.from(content.open()));
    parts.set(number, bytes);
    return { number, etag: `"${number}"` };
  };
  writer = new PartWriter({ upload: { sendPart }, partBytes, mostParts: 10_000, onChunk: () => undefined });
  return parts;
}

it.each([1000, 33 * 2 ** 20])('cuts chunks of any size into parts of %d bytes', async (partBytes) => {
  const parts = keepingWriter(partBytes);
  const bytes = randomBytes(Math.ceil(partBytes * 2.5));
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const size = randomInt(1, Math.ceil(partBytes * 1.2));
    chunks.push(bytes.subarray(start, start + size));
    start += size;
  }
  await pipeline(Readable.from(chunks), writer);
  expect(writer.parts().map(({ number }) => number)).toEqual([1, 2, 3]);
  expect([1, 2].map((number) => parts.get(number)?.length)).toEqual([partBytes, partBytes]);
  expect(Buffer.concat([1, 2, 3].map((number) => parts.get(number)!)).equals(bytes)).toBe(true);
});

it('takes 10,000 parts, and says what to do when there are more', async () => {
  const parts = keepingWriter(1);
  await pipeline(Readable.from([randomBytes(10_000)]), writer);
  expect([writer.parts().length, parts.size]).toEqual([10_000, 10_000]);
  keepingWriter(1);
  await expect(pipeline(Readable.from([randomBytes(10_001)]), writer)).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('10,000 parts'),
    hint: expect.any(String),
  });
});
