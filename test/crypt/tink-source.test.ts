import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCrypt } from '../../src/crypt/open-crypt.ts';
import { fc } from '../support/fast-check.ts';
import { encrypt, pattern, readAll } from './encrypt.ts';
import { memorySource } from './memory-source.ts';

const SEGMENT = 1 << 20;
const FIRST = SEGMENT - 56;
const NEXT = SEGMENT - 16;
const key = randomBytes(32);
const plaintext = pattern(FIRST + 5 * NEXT + 1234);
let crypt: Buffer;

beforeAll(async () => {
  crypt = await encrypt(key, plaintext);
});

const open = (bytes: Buffer, withKey = key): ReturnType<typeof openCrypt> =>
  openCrypt(memorySource(bytes, 'a.crypt'), withKey);

function flipped(at: number): Buffer {
  const copy = Buffer.from(crypt);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

describe('reading', () => {
  it('gives any range, many at once', async () => {
    const source = await open(crypt);
    const range = fc.record({
      start: fc.integer({ min: 0, max: plaintext.length + 10 }),
      length: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 3 * NEXT })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 12 }), async (ranges) => {
        const check = async ({ start, length }: { start: number; length: number }): Promise<boolean> => {
          const target = Buffer.alloc(length);
          const expected = plaintext.subarray(start, start + length);
          const bytes = await source.read(target, start);
          return bytes === expected.length && target.subarray(0, bytes).equals(expected);
        };
        expect(await Promise.all(ranges.map(check))).not.toContain(false);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves what lies behind the end of the text untouched', async () => {
    const source = await open(crypt);
    const target = Buffer.alloc(20, 0xee);
    expect(await source.read(target, plaintext.length - 5)).toBe(5);
    expect(target.subarray(5)).toEqual(Buffer.alloc(15, 0xee));
  });

  it('decrypts a segment once for small reads in order, and for readers that meet in it', async () => {
    const memory = memorySource(crypt);
    const source = await openCrypt(memory, key);
    memory.reads.length = 0;
    for (let at = 0; at < 2 * NEXT; at += 10_000) await source.read(Buffer.alloc(10_000), at);
    expect(memory.reads).toHaveLength(3);
    memory.reads.length = 0;
    await Promise.all(Array.from({ length: 50 }, (_, at) => source.read(Buffer.alloc(10), 4 * NEXT + at)));
    expect(memory.reads).toHaveLength(1);
  });

  it('keeps six segments at most, those used last', async () => {
    const memory = memorySource(crypt);
    const source = await openCrypt(memory, key);
    const touch = async (segment: number): Promise<number> => {
      memory.reads.length = 0;
      await source.read(Buffer.alloc(1), segment * NEXT);
      return memory.reads.length;
    };
    for (const segment of [0, 1, 2, 3, 4, 5]) expect(await touch(segment)).toBe(1);
    expect(await touch(0)).toBe(0);
    expect(await touch(6)).toBe(1);
    expect(await touch(0)).toBe(0);
    expect(await touch(1)).toBe(1);
  });

  it('recovers from a read that failed', async () => {
    const memory = memorySource(crypt);
    const works = memory.read;
    const source = await openCrypt(memory, key);
    memory.read = () => Promise.reject(new Error('the network is away'));
    await expect(source.read(Buffer.alloc(1), 2 * NEXT)).rejects.toThrow('the network is away');
    memory.read = works;
    const byte = Buffer.alloc(1);
    await source.read(byte, 2 * NEXT);
    expect(byte[0]).toBe(plaintext[2 * NEXT]);
  });

  it('closes the source it reads', async () => {
    const memory = memorySource(crypt);
    await (await openCrypt(memory, key)).close();
    expect(memory.closed).toBe(true);
  });
});

describe('opening', () => {
  it('reads only both ends', async () => {
    const memory = memorySource(crypt);
    await openCrypt(memory, key);
    const positions = memory.reads.map(({ position }) => position);
    expect(positions).toEqual([0, 0, 40, 6 * SEGMENT]);
  });

  it('takes another key as wrong', async () => {
    await expect(open(crypt, randomBytes(32))).rejects.toMatchObject({ code: 'key' });
  });

  it.each([1, 20, 39, 40, 5000, SEGMENT - 1])(
    'cannot tell a damaged byte %i from a wrong key, and says so',
    async (at) => {
      await expect(open(flipped(at))).rejects.toMatchObject({
        code: 'key',
        message: expect.stringMatching(/key is wrong.*beginning is damaged/),
      });
    },
  );

  it('finds damage in the last segment', async () => {
    await expect(open(flipped(6 * SEGMENT + 3))).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(`segment 6, bytes ${6 * SEGMENT} to ${crypt.length - 1}`),
    });
  });

  it.each([1, 2, 3, 6])('finds a cut after %i whole segments', async (segments) => {
    await expect(open(crypt.subarray(0, segments * SEGMENT))).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('it was cut off'),
    });
  });

  it('finds a cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: crypt.length - 1 }), async (end) => {
        const error = await open(crypt.subarray(0, end)).catch((reason: unknown) => reason);
        // Cut within its first segment it has no segment that authenticates.
        const codes = end < 56 || end >= SEGMENT ? ['damaged'] : ['key'];
        expect(end === 0 ? ['damaged'] : codes).toContain((error as { code?: string }).code);
      }),
    );
  });

  it.each([1, 15, 16, 17, 1000, SEGMENT])('finds %i bytes that were added', async (bytes) => {
    await expect(open(Buffer.concat([crypt, randomBytes(bytes)]))).rejects.toMatchObject({ code: 'damaged' });
  });

  it.each([1, 15])('finds a last segment of %i bytes, too short for its tag', async (bytes) => {
    await expect(open(crypt.subarray(0, 2 * SEGMENT + bytes))).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(`segment 2, at byte ${2 * SEGMENT}, is too short`),
    });
  });

  it.each([1, 16, 1000])(
    'finds %i bytes behind a full last segment, and says where it ends',
    async (bytes) => {
      const full = await encrypt(key, pattern(FIRST));
      await expect(open(Buffer.concat([full, randomBytes(bytes)]))).rejects.toMatchObject({
        code: 'damaged',
        message: expect.stringContaining(
          `bytes were added; segment 0, at byte 40, is its last and ends at byte ${SEGMENT}`,
        ),
      });
    },
  );

  it('refuses a crypt that another one was appended to', async () => {
    await expect(open(Buffer.concat([crypt, crypt]))).rejects.toMatchObject({ code: 'damaged' });
  });
});

describe('damage between the ends', () => {
  it('is found when its segment is read, and harms no other', async () => {
    const source = await open(flipped(3 * SEGMENT + 77));
    await expect(readAll(source)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(`segment 3, bytes ${3 * SEGMENT} to ${4 * SEGMENT - 1}`),
    });
    const target = Buffer.alloc(100);
    await source.read(target, FIRST + 3 * NEXT);
    expect(target.equals(plaintext.subarray(FIRST + 3 * NEXT, FIRST + 3 * NEXT + 100))).toBe(true);
  });

  it('is found when two segments change places or come from another crypt of the same key', async () => {
    const swapped = Buffer.from(crypt);
    crypt.copy(swapped, 2 * SEGMENT, 3 * SEGMENT, 4 * SEGMENT);
    crypt.copy(swapped, 3 * SEGMENT, 2 * SEGMENT, 3 * SEGMENT);
    await expect(readAll(await open(swapped))).rejects.toMatchObject({ code: 'damaged' });

    const other = await encrypt(key, plaintext);
    const mixed = Buffer.from(crypt);
    other.copy(mixed, 2 * SEGMENT, 2 * SEGMENT, 3 * SEGMENT);
    await expect(readAll(await open(mixed))).rejects.toMatchObject({ code: 'damaged' });
  });

  it('is found when a segment is left out', async () => {
    const without = Buffer.concat([crypt.subarray(0, 2 * SEGMENT), crypt.subarray(3 * SEGMENT)]);
    await expect(open(without)).rejects.toMatchObject({ code: 'damaged' });
  });
});

it('takes an empty last segment after a full one, which other writers may make', async () => {
  const header = Buffer.concat([Buffer.of(40), randomBytes(39)]);
  const derived = Buffer.from(hkdfSync('sha256', key, header.subarray(1, 33), '', 32));
  const seal = (flags: string, text: Buffer): Buffer => {
    const cipher = createCipheriv(
      'aes-256-gcm',
      derived,
      Buffer.concat([header.subarray(33), Buffer.from(flags, 'hex')]),
    );
    return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  };
  const text = pattern(FIRST);
  const source = await open(
    Buffer.concat([header, seal('0000000000', text), seal('0000000101', Buffer.alloc(0))]),
  );
  expect((await readAll(source)).equals(text)).toBe(true);
});
