import { createHash, randomBytes } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.ts';
import { packPart } from '../../src/archive/pack-part.ts';
import { unpackPart } from '../../src/archive/unpack-part.ts';

async function* chunks(...texts: (string | Buffer)[]): AsyncGenerator<Buffer, void, void> {
  for (const text of texts) yield Buffer.from(text);
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(stream));
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

const text = 'one\ntwo\nthree\n';
const expected = { entry: 'x.copy.zst', rows: 3, bytes: text.length, sha256: sha256(text) };

describe('packPart', () => {
  it('makes one zstd frame of the rows, and their digest', async () => {
    const packed = await packPart(chunks('one\n', 'two\nth', 'ree\n'));
    expect(Buffer.isBuffer(packed.content)).toBe(true);
    expect(zstdDecompressSync(packed.content as Buffer).toString()).toBe(text);
    expect(await packed.text).toEqual({ bytes: text.length, sha256: sha256(text) });
  });

  it('streams what is too large to hold', async () => {
    const block = randomBytes(1 << 20);
    const packed = await packPart(chunks(...Array.from({ length: 24 }, () => block)));
    // A block repeated compresses well only within the window, so this is still held; random blocks are not.
    expect(zstdDecompressSync(await asBuffer(packed.content)).length).toBe(24 << 20);
    const blocks = Array.from({ length: 24 }, () => randomBytes(1 << 20));
    const large = await packPart(chunks(...blocks));
    expect(Buffer.isBuffer(large.content)).toBe(false);
    expect(zstdDecompressSync(await asBuffer(large.content)).equals(Buffer.concat(blocks))).toBe(true);
    expect((await large.text).sha256).toBe(sha256(Buffer.concat(blocks)));
  });

  it('fails with the error of the rows', async () => {
    const failing = async function* (): AsyncGenerator<Buffer, void, void> {
      yield Buffer.from('one\n');
      throw new Error('connection lost');
    };
    await expect(packPart(failing())).rejects.toThrow('connection lost');
  });
});

describe('unpackPart', () => {
  const packed = async (): Promise<Buffer> => asBuffer((await packPart(chunks(text))).content);

  it('gives the rows back', async () => {
    expect((await collect(unpackPart(chunks(await packed()), expected))).toString()).toBe(text);
  });

  it.each([
    ['other rows', { sha256: sha256('else') }, 'holds other rows'],
    ['another count', { rows: 2 }, 'holds 3 rows instead of 2'],
    ['fewer bytes', { bytes: 20 }, `holds ${text.length} bytes of rows instead of 20`],
    ['more bytes', { bytes: 5 }, 'holds more than 5 bytes'],
  ])('refuses %s than the manifest says', async (_what, change, message) => {
    const rows = unpackPart(chunks(await packed()), { ...expected, ...change });
    await expect(collect(rows)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(message) as string,
    });
  });

  it('refuses a frame that is cut, changed, or none', async () => {
    const frame = await packed();
    const flipped = Buffer.from(frame);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    for (const bad of [frame.subarray(0, -3), flipped, Buffer.from('no frame')]) {
      await expect(collect(unpackPart(chunks(bad), expected))).rejects.toMatchObject({ code: 'damaged' });
    }
  });

  it('passes on the error of what it reads', async () => {
    const failing = async function* (): AsyncGenerator<Buffer, void, void> {
      yield (await packed()).subarray(0, 5);
      throw new HoldfastError('failed', 'disk failed');
    };
    await expect(collect(unpackPart(failing(), expected))).rejects.toMatchObject({
      code: 'failed',
      message: 'disk failed',
    });
  });
});

async function asBuffer(content: Buffer | AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.isBuffer(content) ? content : collect(content);
}
