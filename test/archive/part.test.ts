import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/core/errors.ts';
import { type PackedPart, packPart, type PartText } from '../../src/archive/pack-part.ts';
import { PartBuffers } from '../../src/archive/part-buffers.ts';
import { checkFrame, checkPart, unpackPart } from '../../src/archive/unpack-part.ts';

async function* chunks(...texts: (string | Buffer)[]): AsyncGenerator<Buffer, void, void> {
  for (const text of texts) yield Buffer.from(text);
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(stream));
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

function frameOfOneCall(rows: Buffer, level = 3): Buffer {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
  return zstdCompressSync(rows, { chunkSize: rows.length + (1 << 20), params });
}

const text = 'one\ntwo\nthree\n';
const expected = { entry: 'x.copy.zst', rows: 3, bytes: text.length, sha256: sha256(text) };

/** A part that copies itself into its reader's buffers. */
function filling(rows: Buffer): PartText {
  let at = 0;
  const fill = async (target: Buffer): Promise<number> => {
    const size = rows.copy(target, 0, at);
    at += size;
    return size;
  };
  return { chunks: chunks(), fill };
}

async function frameOf({ content, release }: PackedPart): Promise<Buffer> {
  const frame = content instanceof Promise ? Buffer.from(await content) : await collect(content);
  release();
  return frame;
}

const buffers = (): PartBuffers => new PartBuffers(1);

describe('packPart', () => {
  it.each([
    ['chunks', { chunks: chunks('one\n', 'two\nth', 'ree\n') }],
    ['a buffer that it fills', filling(Buffer.from(text))],
  ])('makes one zstd frame of the rows in %s, and their digest', async (_, part) => {
    const packed = await packPart(part, buffers());
    const frame = await frameOf(packed);
    expect(frame).toEqual(frameOfOneCall(Buffer.from(text)));
    expect(zstdDecompressSync(frame).toString()).toBe(text);
    expect(await packed.text).toEqual({ bytes: text.length, sha256: sha256(text) });
  });

  it.each([
    ['small', 1000],
    ['large', 12 << 20],
  ])('gives its buffer back once where the rows of a %s part fail', async (_, bytes) => {
    const lent = buffers();
    const failing = async function* (): AsyncGenerator<Buffer, void, void> {
      yield Buffer.alloc(bytes);
      throw new Error('the connection is gone');
    };
    await expect(packPart({ chunks: failing() }, lent)).rejects.toThrow('the connection is gone');
    await lent.take();
    const second = lent.take();
    expect(await Promise.race([second, setImmediate('not there')])).toBe('not there');
  });

  it.each([
    ['numbers', 1, (row: number) => `${(row * 7919) % 500_009}\t${(row * 104_729) % 999_983}\n`],
    ['texts that come again', 3, (row: number) => `${row}\t${sha256(String(row % 1000))}\n`],
  ])('takes %s in one call of zstd, at level %i', async (_, level, line) => {
    const rows = Buffer.from(Array.from({ length: 400_000 }, (_row, row) => line(row)).join('')).subarray(
      0,
      8 << 20,
    );
    const packed = await packPart(filling(rows), buffers());
    // In several calls zstd finds other matches.
    const expectedFrame = frameOfOneCall(rows, level);
    expect((await frameOf(packed)).equals(expectedFrame)).toBe(true);
    expect(expectedFrame.length).toBeLessThan(frameOfOneCall(rows, 4 - level).length);
    expect(await packed.text).toEqual({ bytes: rows.length, sha256: sha256(rows) });
  });

  it('returns when the rows are read, and lends their buffer out when they are packed', async () => {
    const shared = buffers();
    const first = await packPart(filling(randomBytes(9 << 20)), shared);
    let isPacked = false;
    const packing = frameOf(first).then(() => (isPacked = true));
    const second = await packPart(filling(Buffer.from(text)), shared);
    expect(isPacked).toBe(true);
    await packing;
    expect(zstdDecompressSync(await frameOf(second)).toString()).toBe(text);
  });

  it('streams what is too large to hold', async () => {
    const block = randomBytes(1 << 20);
    const shared = buffers();
    const packed = await packPart({ chunks: chunks(...Array.from({ length: 24 }, () => block)) }, shared);
    // A block repeated compresses well only within the window, so this is still held; random blocks are not.
    expect(packed.content).toBeInstanceOf(Promise);
    expect(zstdDecompressSync(await frameOf(packed)).length).toBe(24 << 20);
    const blocks = Array.from({ length: 24 }, () => randomBytes(1 << 20));
    const large = await packPart({ chunks: chunks(...blocks) }, shared);
    expect(large.content).not.toBeInstanceOf(Promise);
    expect(zstdDecompressSync(await frameOf(large)).equals(Buffer.concat(blocks))).toBe(true);
    expect((await large.text).sha256).toBe(sha256(Buffer.concat(blocks)));
    // The buffer that it began in is free again.
    expect(
      zstdDecompressSync(await frameOf(await packPart(filling(Buffer.from(text)), shared))).toString(),
    ).toBe(text);
  });

  it('fails with the error of the rows', async () => {
    const failing = async function* (size: number): AsyncGenerator<Buffer, void, void> {
      yield randomBytes(size);
      throw new Error('connection lost');
    };
    const shared = buffers();
    await expect(packPart({ chunks: failing(4) }, shared)).rejects.toThrow('connection lost');
    await expect(packPart({ chunks: failing(11 << 20) }, shared)).rejects.toThrow('connection lost');
    const late = await packPart({ chunks: failing(40 << 20) }, shared);
    await expect(frameOf(late)).rejects.toThrow('connection lost');
    await packPart(filling(Buffer.from(text)), shared);
  });
});

describe('unpackPart', () => {
  const packed = async (): Promise<Buffer> => frameOf(await packPart({ chunks: chunks(text) }, buffers()));

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

  it('gives the rows of a part as one chunk, those of a large one as they come', async () => {
    for (const [megabytes, isOne] of [
      [15, true],
      [17, false],
    ] as const) {
      const rows = Buffer.alloc(megabytes << 20, 'one row\n');
      const large = { entry: 'l.copy.zst', rows: rows.length / 8, bytes: rows.length, sha256: sha256(rows) };
      const frame = zstdCompressSync(rows);
      const got = (await Array.fromAsync(unpackPart(chunks(frame), large))) as Buffer[];
      expect(Buffer.concat(got).equals(rows)).toBe(true);
      expect(got.length === 1).toBe(isOne);
      for (const change of [{ rows: 1 }, { bytes: rows.length - 1 }, { sha256: sha256('else') }]) {
        const other = { ...large, ...change };
        const refused = { code: 'damaged', message: expect.stringContaining('holds') as string };
        await expect(collect(unpackPart(chunks(frame), other))).rejects.toMatchObject(refused);
        await expect(checkPart(Buffer.from(frame), other, null)).rejects.toMatchObject(refused);
        await expect(checkPart(chunks(frame), other, null)).rejects.toMatchObject(refused);
        expect(() => checkFrame(frame, other, null)).toThrow('holds');
      }
      checkFrame(frame, large, null);
      await checkPart(Buffer.from(frame), large, null);
      await checkPart(chunks(frame), large, null);
    }
  });

  it('makes ready what is asked for before it is read', async () => {
    const rows = unpackPart(chunks(await packed()), expected);
    rows.read(0);
    await once(rows, 'readable');
    expect(rows.readableLength).toBe(text.length);
    expect((await collect(rows)).toString()).toBe(text);
  });

  it('reads no more of a frame that goes on than its rows can need', async () => {
    let given = 0;
    const endless = async function* (): AsyncGenerator<Buffer, void, void> {
      const rows = zstdCompressSync(randomBytes(1 << 20));
      for (;;) {
        given += rows.length;
        yield rows;
      }
    };
    const rows = unpackPart(endless(), { ...expected, bytes: 1000 });
    await expect(collect(rows)).rejects.toMatchObject({
      message: 'x.copy.zst holds more than 1000 bytes of rows.',
    });
    expect(given).toBeLessThan(8 << 20);
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
