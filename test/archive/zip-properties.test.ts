import { describe, expect, it } from 'vitest';
import { DirectoryNames } from '../../src/archive/directory-names.ts';
import { readContent } from '../../src/archive/entry-content.ts';
import { EntryTable } from '../../src/archive/entry-table.ts';
import { openArchive } from '../../src/archive/reader.ts';
import { readDirectory } from '../../src/archive/zip-directory.ts';
import { readZipEnd } from '../../src/archive/zip-end.ts';
import type { ByteSource } from '../../src/core/byte-source.ts';
import { HoldfastError } from '../../src/core/errors.ts';
import { fc } from '../support/fast-check.ts';
import { bytes, refusesAtMost } from './arbitrary-input.ts';
import { assemble, type ForgedZip, storedEntry, takeApart } from './forge.ts';
import { memorySource } from './sample.ts';

const number16 = fc.oneof(fc.nat({ max: 0xffff }), fc.constantFrom(0, 8, 0x800, 0xffff));
const number32 = fc.oneof(
  fc.nat({ max: 500 }),
  fc.nat({ max: 0xffff_ffff }),
  fc.constantFrom(0, 0xffff_ffff),
);

const EMPTY: ForgedZip = {
  entries: [],
  order: null,
  before: Buffer.alloc(0),
  beforeDirectory: Buffer.alloc(0),
  after: Buffer.alloc(0),
  comment: Buffer.alloc(0),
  count: null,
  diskCount: null,
  directoryOffset: null,
  directorySize: null,
  zip64: false,
};

describe('a zip of any bytes', () => {
  /** Counts what is read: a reader must not ask for more than there is, or for much at a time. */
  function watched(source: ByteSource): ByteSource & { largest: number } {
    const watch = {
      ...source,
      largest: 0,
      read: (target: Uint8Array, position: number) => {
        watch.largest = Math.max(watch.largest, target.length);
        return source.read(target, position);
      },
    };
    return watch;
  }

  const header = {
    name: bytes.map((name) => name.subarray(0, 20)),
    version: number16,
    flags: number16,
    method: number16,
    time: number32,
    crc: number32,
    compressedSize: number32,
    size: number32,
    extra: bytes.map((extra) => extra.subarray(0, 40)),
  };
  const entry = fc.record({
    local: fc.record(header),
    central: fc.record({
      ...header,
      madeBy: fc.oneof(fc.constant(0x032d), number16),
      attributes: fc.oneof(fc.constant(0o100644 * 0x10000), number32),
      comment: bytes.map((comment) => comment.subarray(0, 5)),
      disk: fc.oneof(fc.constant(0), number16),
      offset: fc.option(number32),
    }),
    data: bytes,
    descriptor: bytes.map((descriptor) => descriptor.subarray(0, 24)),
  });
  const zip: fc.Arbitrary<ForgedZip> = fc.record({
    entries: fc.array(entry, { maxLength: 4 }),
    order: fc.constant(null),
    before: fc.constant(Buffer.alloc(0)),
    beforeDirectory: fc.constant(Buffer.alloc(0)),
    after: fc.constant(Buffer.alloc(0)),
    comment: fc.constant(Buffer.alloc(0)),
    count: fc.option(number16),
    diskCount: fc.option(number16),
    directoryOffset: fc.option(number32),
    directorySize: fc.option(number32),
    zip64: fc.boolean(),
  });

  it('is read or refused', async () => {
    const input = fc.oneof(bytes, zip.map(assemble));
    await fc.assert(
      fc.asyncProperty(input, async (content) => {
        const source = watched(memorySource(content));
        await refusesAtMost(() => readZipEnd(source));
        await refusesAtMost(() => readDirectory(source));
        await refusesAtMost(() => openArchive(source));
        expect(source.largest).toBeLessThanOrEqual(256 * 1024);
      }),
      { numRuns: 500 },
    );
  });

  it('and with entries of any name is read or refused, but never takes a name that leads out', async () => {
    const segment = fc.constantFrom(
      '..',
      '.',
      '',
      'a',
      'A',
      '%2E%2E',
      'C:',
      '\\',
      'link',
      '\u00e4',
      'a\u0308',
      '\0',
    );
    const names = fc.array(
      fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/')),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(names, async (list) => {
        const plain = takeApart(assemble({ ...EMPTY, entries: list.map((name) => storedEntry(name, 'x')) }));
        await refusesAtMost(async () => {
          for (const { name } of await readDirectory(memorySource(assemble(plain)))) {
            expect(name.split('/').some((part) => ['', '.', '..'].includes(part))).toBe(false);
            expect(name).not.toMatch(/^[a-z]:|\\/i);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('gives of an entry what it says or refuses it, whatever its header, method and data', async () => {
    const facts = fc.record({
      flags: fc.constantFrom(0, 8, 0x800),
      method: fc.constantFrom('store' as const, 'deflate' as const),
      crc32: number32,
      compressedSize: fc.nat({ max: 300 }),
      size: fc.nat({ max: 1000 }),
      offset: fc.nat({ max: 20 }),
      end: fc.nat({ max: 400 }),
    });
    await fc.assert(
      fc.asyncProperty(bytes, facts, fc.boolean(), async (content, fact, isForged) => {
        const name = 'a';
        const file = isForged ? assemble({ ...EMPTY, entries: [storedEntry(name, content)] }) : content;
        await refusesAtMost(async () => {
          let size = 0;
          const directory = { name, zipName: name, type: 'file' as const, ...fact };
          for await (const chunk of readContent(memorySource(file), directory)) {
            size += chunk.length;
            expect(size).toBeLessThanOrEqual(fact.size);
          }
        });
      }),
      { numRuns: 500 },
    );
  });
});

/** What does not matter to names. */
const NO_CONTENT = { method: 'store', size: 0, compressedSize: 0, crc32: 0, flags: 0, offset: 0 } as const;

describe('names in a directory', () => {
  it('that pass cannot lie below a file or link, nor be equal on any file system', () => {
    const segment = fc.constantFrom('a', 'A', 'b', '%61', '%2F', '\u00e4', 'a\u0308');
    const listed = fc.record({
      name: fc
        .array(segment, { minLength: 1, maxLength: 3 })
        .map((segments) => `storage/x/${segments.join('/')}`),
      type: fc.constantFrom('file' as const, 'directory' as const, 'symlink' as const),
    });
    fc.assert(
      fc.property(fc.array(listed, { maxLength: 6 }), (entries) => {
        const decode = (name: string): string => name.replaceAll('%61', 'a').replaceAll('%2F', '/');
        const fold = (name: string): string => name.normalize('NFC').toLowerCase();
        const clash = entries.some((one, index) =>
          entries.some(
            (other, place) =>
              (index < place &&
                (fold(one.name) === fold(other.name) || decode(one.name) === decode(other.name))) ||
              (one.type !== 'directory' && fold(other.name).startsWith(`${fold(one.name)}/`)) ||
              (one.type === 'symlink' && decode(other.name).startsWith(`${decode(one.name)}/`)),
          ),
        );
        const check = (): void => {
          const table = new EntryTable(entries.length, 1000, 0);
          const names = new DirectoryNames(table, (name, what) => {
            throw new HoldfastError('damaged', `${name} ${what}`);
          });
          for (const entry of entries) names.add({ ...entry, ...NO_CONTENT, zipName: entry.name });
          names.finish();
        };
        if (clash) expect(check).toThrow(HoldfastError);
        else check();
      }),
      { numRuns: 2000 },
    );
  });
});
