import { describe, expect, it } from 'vitest';
import { EntryNamer } from '../../src/archive/entry-namer.ts';
import type { IndexItem } from '../../src/archive/storage-index.ts';
import { decodeIndex, encodeIndexItem } from '../../src/archive/storage-index.ts';
import { formatTime, parseTime } from '../../src/archive/time.ts';
import { fc } from '../support/fast-check.ts';
import { sha256, streamOf } from './sample.ts';

const read = (text: string): Promise<IndexItem[]> =>
  Array.fromAsync(decodeIndex(streamOf(Buffer.from(text)), 'uploads'));

const file: IndexItem = {
  type: 'file',
  path: Buffer.from('a/b.txt'),
  entry: 'storage/uploads/a/b.txt',
  content: { size: 3, sha256: sha256('abc') },
};

describe('the index of a storage', () => {
  it('has a line of JSON an item, and names the entry only where it differs', () => {
    expect(
      encodeIndexItem(
        { ...file, mode: 0o644, mtimeNs: 1_767_323_045_123_456_789n, uid: 1, gid: 2, owner: 'o', group: 'g' },
        'uploads',
      ),
    ).toBe(
      `{"path":"a/b.txt","type":"file","size":3,"sha256":"${sha256('abc')}","mode":"0644",` +
        '"mtime":"2026-01-02T03:04:05.123456789Z","uid":1,"gid":2,"owner":"o","group":"g"}\n',
    );
    const path = Buffer.from('\xe9', 'latin1');
    expect(
      encodeIndexItem({ type: 'symlink', path, entry: 'storage/uploads/%E9', target: path }, 'uploads'),
    ).toBe('{"pathBytes":"6Q==","entry":"storage/uploads/%E9","type":"symlink","targetBytes":"6Q=="}\n');
  });

  it('comes back as it was', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((value) => Buffer.from(value));
    const attributes = fc.record(
      {
        mode: fc.integer({ min: 0, max: 0o7777 }),
        mtimeNs: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        uid: fc.nat(),
        gid: fc.nat(),
        owner: fc.string(),
        group: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
        problem: fc.string(),
        metadata: fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          fc.string(),
        ),
      },
      { requiredKeys: [] },
    );
    const kind = fc.oneof(
      fc.constant({ type: 'directory' as const }),
      bytes.map((target) => ({ type: 'symlink' as const, target })),
      fc.nat().map((size) => ({ type: 'file' as const, content: { size, sha256: sha256('x') } })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(bytes, kind, attributes)), async (values) => {
        const items: IndexItem[] = values.map(([path, type, more]) => {
          const entry = new EntryNamer('storage/uploads').name(path, type.type);
          return { ...type, ...more, path, entry };
        });
        const text = items.map((item) => encodeIndexItem(item, 'uploads')).join('');
        const found = await read(text);
        expect(found).toHaveLength(items.length);
        for (const [index, item] of found.entries()) expect({ ...item }).toEqual({ ...items[index] });
      }),
    );
  });

  const sound = JSON.parse(encodeIndexItem(file, 'uploads')) as Record<string, unknown>;
  it.each<[string, Record<string, unknown>, string]>([
    ['another type', { type: 'device' }, 'type of line 1'],
    ['no path', { path: undefined }, 'pathBytes of line 1'],
    ['an empty path', { path: '' }, 'entry of line 1'],
    ['no size', { size: undefined }, 'size of line 1'],
    ['no digest', { sha256: 'x' }, 'sha256 of line 1'],
    ['a mode of another form', { mode: '644' }, 'mode of line 1'],
    ['a time of another form', { mtime: '2026-01-02T03:04:05Z' }, 'mtime of line 1'],
    ['a time that is none', { mtime: '2026-02-30T03:04:05.000000000Z' }, 'mtime of line 1'],
    ['an entry elsewhere', { entry: 'storage/other/a/b.txt' }, 'entry of line 1'],
    ['an entry for another path', { entry: 'storage/uploads/a/c.txt' }, 'entry of line 1'],
    ['a link without target', { type: 'symlink' }, 'targetBytes of line 1'],
    ['a uid that is no number', { uid: '0' }, 'uid of line 1'],
    ['metadata that is no object', { metadata: [] }, 'no JSON object in metadata of line 1'],
  ])('with %s is damaged', async (_case, change, message) => {
    await expect(read(`${JSON.stringify({ ...sound, ...change })}\n`)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(message),
    });
  });

  it('without its last newline, or with a line too long, is damaged', async () => {
    await expect(read(JSON.stringify(sound))).rejects.toThrow('Line 1 of storage/uploads.jsonl has no end');
    await expect(read(`${' '.repeat(1024 * 1024 + 1)}\n`)).rejects.toThrow('Line 1 of storage/uploads.jsonl');
  });
});

describe('times', () => {
  it.each([
    [0n, '1970-01-01T00:00:00.000000000Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
    [253_402_300_800_000_000_001n, '+010000-01-01T00:00:00.000000001Z'],
  ])('%d is %s', (nanoseconds, text) => {
    expect(formatTime(nanoseconds)).toBe(text);
    expect(parseTime(text)).toBe(nanoseconds);
  });
});
