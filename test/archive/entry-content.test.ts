import { randomBytes } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DirectoryEntry } from '../../src/archive/directory-entry.ts';
import { digestContent, readContent } from '../../src/archive/entry-content.ts';
import { holdEntries, openHeld, readWhole } from '../../src/archive/held-entries.ts';
import type { ByteSource } from '../../src/core/byte-source.ts';
import { assemble, storedEntry, takeApart } from './forge.ts';
import { memorySource, sha256, smallArchive } from './sample.ts';

/** A zip with one entry of these data, deflated or as they are, and what a directory says of it. */
async function zipOf(
  data: Buffer,
  facts: Partial<DirectoryEntry> = {},
): Promise<{ source: ByteSource; entry: DirectoryEntry }> {
  const forged = storedEntry('x', data);
  const entry: DirectoryEntry = {
    name: 'x',
    zipName: 'x',
    type: 'file',
    method: 'store',
    size: data.length,
    compressedSize: data.length,
    crc32: crc32(data),
    flags: 0x800,
    offset: 0,
    end: 31 + data.length,
    ...facts,
  };
  Object.assign(forged.local, {
    method: entry.method === 'store' ? 0 : 8,
    size: entry.size,
    compressedSize: entry.compressedSize,
    crc: entry.crc32,
  });
  const zip = assemble({ ...takeApart(await smallArchive()), entries: [forged] });
  return { source: memorySource(zip), entry };
}

const content = Buffer.concat([randomBytes(100_000), Buffer.alloc(900_000, 'text ')]);
const deflated = deflateRawSync(content);
const facts = { method: 'deflate', size: content.length, crc32: crc32(content) } as const;

/** The ways of reading an entry. */
const WAYS: [string, (source: ByteSource, entry: DirectoryEntry) => Promise<string>][] = [
  [
    'as a stream',
    async (source, entry) => sha256(Buffer.concat(await Array.fromAsync(readContent(source, entry)))),
  ],
  ['whole', async (source, entry) => sha256(await readWhole(source, entry))],
  [
    'whole on one thread',
    async (source, entry) => sha256(Buffer.concat([...openHeld(await holdEntries(source, [entry]))])),
  ],
  ['for its digest', (source, entry) => digestContent(source, entry, undefined)],
];

describe.each(WAYS)('an entry that is read %s', (_way, read) => {
  it.each([
    ['stored', content, {}],
    ['deflated', deflated, facts],
    ['empty', Buffer.alloc(0), {}],
  ] as const)('is what was %s', async (_how, data, known) => {
    const { source, entry } = await zipOf(data, known);
    expect(await read(source, entry)).toBe(sha256(data.length === 0 ? data : content));
  });

  it.each<[string, Buffer, Partial<DirectoryEntry>, string]>([
    ['another CRC-32', content, { crc32: 1 }, 'has another CRC-32'],
    ['bytes behind it', content, { end: 31 + content.length + 5 }, 'is followed by bytes'],
    ['more than it says', deflated, { ...facts, size: 50_000 }, 'holds more than its 50000 bytes'],
    ['less than it says', deflated, { ...facts, size: content.length + 1 }, 'holds 1000000 bytes instead'],
    [
      'bytes behind its deflated data',
      Buffer.concat([deflated, Buffer.alloc(10)]),
      facts,
      'holds bytes behind its deflated data',
    ],
    ['no deflated data', Buffer.alloc(100_000, 0xff), facts, 'cannot be inflated'],
    ['deflated data without an end', deflated.subarray(0, -10), facts, 'cannot be inflated'],
  ])('is damaged with %s', async (_what, data, known, message) => {
    const { source, entry } = await zipOf(data, known);
    await expect(read(source, entry)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(`its entry "x" ${message}`) as string,
    });
  });
});

it('stops for a signal between two pieces', async () => {
  const { source, entry } = await zipOf(randomBytes(5 << 20));
  const stop = new AbortController();
  let reads = 0;
  const stopping: ByteSource = {
    ...source,
    read: (target, position) => {
      if (++reads === 3) stop.abort(new Error('stopped'));
      return source.read(target, position);
    },
  };
  await expect(digestContent(stopping, entry, stop.signal)).rejects.toThrow('stopped');
  expect(reads).toBeLessThan(5);
});
