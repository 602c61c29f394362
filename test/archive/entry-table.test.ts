import { describe, expect, it } from 'vitest';
import { foldName } from '../../src/archive/entry-name.ts';
import { EntryTable, type ListedEntry } from '../../src/archive/entry-table.ts';

const entryOf = (name: string, more: Partial<ListedEntry> = {}): ListedEntry => ({
  name,
  zipName: more.type === 'directory' ? `${name}/` : name,
  type: 'file',
  method: 'store',
  size: 1,
  compressedSize: 1,
  crc32: 0,
  flags: 0,
  offset: 0,
  ...more,
});

describe('a table of entries', () => {
  it('gives back what was put in, with where each ends', () => {
    const entries = [
      entryOf('storage/ä', { type: 'directory', flags: 0x800 }),
      entryOf('storage/ä/File', { method: 'deflate', size: 2 ** 40, compressedSize: 2 ** 39, offset: 50 }),
      entryOf('storage/ä/link', { type: 'symlink', crc32: 0xffff_fffe, offset: 2 ** 41 }),
    ];
    const table = new EntryTable(3, 100, 2 ** 42);
    for (const entry of entries) expect(table.append(entry, foldName(entry.name))).toBe(true);
    const whole = entries.map((entry, index) => ({ ...entry, end: entries[index + 1]?.offset ?? 2 ** 42 }));
    expect([...table]).toEqual(whole);
    expect([table.at(0), table.at(-1), table.at(3), table.at(-4)]).toEqual([
      whole[0],
      whole[2],
      undefined,
      undefined,
    ]);
  });

  it('finds each of many by its name, and by nothing else', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `storage/x/File-${index}`);
    const table = new EntryTable(names.length, names.join('').length, 0);
    for (const name of names) table.append(entryOf(name), foldName(name));
    expect(names.every((name, index) => table.find(name) !== undefined && table.nameAt(index) === name)).toBe(
      true,
    );
    expect(names.every((name) => table.find(name)?.name === name)).toBe(true);
    expect(table.find('storage/x/file-1')).toBeUndefined();
    expect(table.findFolded('storage/x/file-4999')).toBe(4999);
    expect(table.find('storage/x/File-5000')).toBeUndefined();
  });

  it('takes no more than it has room for', () => {
    const table = new EntryTable(2, 5, 0);
    expect(table.append(entryOf('abc'), 'abc')).toBe(true);
    expect(table.append(entryOf('def'), 'def')).toBe(false);
    expect(table.append(entryOf('de'), 'de')).toBe(true);
    expect(table.append(entryOf(''), '')).toBe(false);
    expect(table).toHaveLength(2);
  });
});
