import { hash, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckRequest } from '../../src/archive/check-task.ts';
import { CheckThreads } from '../../src/archive/check-threads.ts';
import { HoldfastError } from '../../src/core/errors.ts';
import type { ExpectedPart } from '../../src/archive/unpack-part.ts';

const NAME = 'data.bin';

/** A request for an entry as it lies in a zip. */
function request(
  content: Buffer,
  method: 'store' | 'deflate',
  part: ExpectedPart | null = null,
): CheckRequest {
  const data = method === 'store' ? content : deflateRawSync(content);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(method === 'store' ? 0 : 8, 8);
  header.writeUInt32LE(crc32(content), 14);
  header.writeUInt32LE(data.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(NAME.length, 26);
  const block = Buffer.concat([header, Buffer.from(NAME), data]);
  const entry = {
    name: NAME,
    zipName: NAME,
    type: 'file',
    method,
    size: content.length,
    compressedSize: data.length,
    crc32: crc32(content),
    flags: 0,
    offset: 0,
    end: block.length,
  } as const;
  return { held: { archive: 'test.zip', entries: [entry], block }, parts: [part], rowMarks: null };
}

const noise = randomBytes(300_000);
const text = Buffer.alloc(300_000, 'one row\n');
const part = { entry: 'p.zst', rows: text.length / 8, bytes: text.length, sha256: hash('sha256', text) };
const frame = zstdCompressSync(text);

/** What is damaged, and what is said of it. */
const DAMAGED: [string, () => CheckRequest, string][] = [
  [
    'a header',
    () => {
      const bad = request(noise, 'store');
      bad.held.block[8] = 8;
      return bad;
    },
    'test.zip is damaged: its entry "data.bin" has a header that does not agree with the directory.',
  ],
  [
    'content',
    () => {
      const bad = request(noise, 'store');
      bad.held.block[100_000]! ^= 1;
      return bad;
    },
    'test.zip is damaged: its entry "data.bin" has another CRC-32 than its directory says.',
  ],
  [
    'rows',
    () => request(frame, 'store', { ...part, sha256: hash('sha256', 'else') }),
    'p.zst holds other rows than the manifest says.',
  ],
  ['a frame', () => request(noise, 'store', part), 'p.zst is no valid zstd frame.'],
];

describe.each([false, true])('entries that are checked (on threads: %s)', (threaded) => {
  let checker: CheckThreads;

  beforeEach(async () => {
    // Threads are started for so many bytes.
    checker = new CheckThreads(threaded ? 16 << 20 : 0);
  });

  afterEach(() => checker[Symbol.asyncDispose]());

  it.each<[string, Buffer, 'store' | 'deflate', ExpectedPart | null]>([
    ['stored', noise, 'store', null],
    ['deflated', text, 'deflate', null],
    ['small', Buffer.from('small'), 'deflate', null],
    ['a part', frame, 'store', part],
  ])('come with content and digest: %s', async (_how, content, method, expected) => {
    const { sound, damage } = await checker.check(request(content, method, expected));
    expect(damage).toBe(null);
    expect(sound.map((checked) => checked.content.equals(content))).toEqual([true]);
    expect(sound[0]?.sha256).toBe(hash('sha256', content));
  });

  it.each(DAMAGED)('are refused for what is damaged: %s', async (_what, make, message) => {
    const { sound, damage } = await checker.check(make());
    expect(sound).toEqual([]);
    expect(damage).toBeInstanceOf(HoldfastError);
    expect(damage).toMatchObject({ code: 'damaged', message });
  });

  it('come together up to the first that is damaged', async () => {
    const [first, second, third] = [noise, text, noise].map((content) => request(content, 'deflate').held);
    const blocks = [first!, second!, third!];
    let offset = 0;
    const entries = blocks.map(({ entries: [entry], block }) => {
      const start = offset;
      offset += block.length;
      return { ...entry!, offset: start, end: offset };
    });
    const block = Buffer.concat(blocks.map((held) => held.block));
    const held = { archive: 'test.zip', entries, block };
    const all = await checker.check({
      held: { ...held, block: Buffer.from(block) },
      parts: [],
      rowMarks: null,
    });
    expect(all.sound.map(({ content }) => content.equals(noise))).toEqual([true, false, true]);
    block[first!.block.length + 14]! ^= 1;
    const { sound, damage } = await checker.check({ held, parts: [], rowMarks: null });
    expect(sound.map(({ content }) => content.equals(noise))).toEqual([true]);
    expect(damage?.message).toContain('sizes or CRC-32 do not agree');
  });

  it('are checked where they should be, several at once', async () => {
    const requests = Array.from({ length: 20 }, () => request(noise, 'store'));
    const digests = await Promise.all(
      requests.map(async (one) => (await checker.check(one)).sound[0]?.sha256),
    );
    expect(new Set(digests)).toEqual(new Set([hash('sha256', noise)]));
    // What was handed over is empty here.
    const handedOver = requests.filter(({ held }) => held.block.length === 0).length;
    expect(handedOver > 0).toBe(threaded && availableParallelism() > 1);
    expect(handedOver).toBeLessThan(20);
  });
});
