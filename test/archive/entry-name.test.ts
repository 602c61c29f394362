import { describe, expect, it } from 'vitest';
import { decodeName, encodeLinkTarget, foldName, isDeviceName } from '../../src/archive/entry-name.ts';
import { EntryNamer, TableNamer } from '../../src/archive/entry-namer.ts';
import { fc } from '../support/fast-check.ts';

const nameOf = (path: string | Buffer): string =>
  new EntryNamer('s').name(Buffer.from(path as string), 'file').slice('s/'.length);

describe('the name of an entry', () => {
  it.each([
    ['plain.txt', 'plain.txt'],
    ['deep/er/Größe – 🎉 (1).txt', 'deep/er/Größe – 🎉 (1).txt'],
    ['\ufeffbom', '\ufeffbom'],
    ['100%', '100%'],
    ['100% sure', '100% sure'],
    ['100%25', '100%2525'],
    ['%ab', '%25ab'],
    ['%', '%'],
    ['%%41', '%%2541'],
    ['%a\u0001', '%a%01'],
    ['a\nb', 'a%0Ab'],
    ['a\u007f', 'a%7F'],
    ['a\u0085', 'a%C2%85'],
    ['a\\b', 'a%5Cb'],
    ['a:b*c?"<>|', 'a%3Ab%2Ac%3F%22%3C%3E%7C'],
    ['.', '%2E'],
    ['..', '%2E%2E'],
    ['...', '..%2E'],
    ['.hidden', '.hidden'],
    ['a/../b', 'a/%2E%2E/b'],
    ['a./b ', 'a%2E/b%20'],
    ['a. ', 'a.%20'],
    ['a//b', 'a/%2Fb'],
    ['a///b', 'a/%2F%2Fb'],
    ['/a', '%2Fa'],
    ['a/', 'a%2F'],
    ['a//', 'a/%2F'],
    ['/', '%2F'],
    ['//', '%2F%2F'],
    ['con', '%63on'],
    ['CON.tar.gz', '%43ON.tar.gz'],
    ['x/Lpt1.txt', 'x/%4Cpt1.txt'],
    ['nul .txt', '%6Eul .txt'],
    ['com¹', '%63om¹'],
    ['console', 'console'],
    ['a;1', 'a%3B1'],
    ['a;1;', 'a;1%3B'],
    ['a;b;12/c;d', 'a;b%3B12/c;d'],
    ['com10', 'com10'],
  ])('%j is %j', (path, name) => {
    expect(nameOf(path)).toBe(name);
    expect(decodeName(name)).toEqual(Buffer.from(path));
  });

  it('encodes what is not UTF-8, byte by byte', () => {
    expect(nameOf(Buffer.from('caf\xe9\xff', 'latin1'))).toBe('caf%E9%FF');
    expect(nameOf(Buffer.from([0xf0, 0x9f, 0x98]))).toBe('%F0%9F%98');
    expect(nameOf(Buffer.from([0xc0, 0xaf, 0xed, 0xa0, 0x80]))).toBe('%C0%AF%ED%A0%80');
    expect(nameOf(Buffer.from([0xe2, 0x82, 0x41]))).toBe('%E2%82A');
  });

  it('tells apart what differs only by case or Unicode form', () => {
    const namer = new EntryNamer('s');
    const names = ['ab', 'aB', 'Ab', 'AB', 'é', 'e\u0301', 'É'].map((path) =>
      namer.name(Buffer.from(path), 'file'),
    );
    expect(names).toEqual(['s/ab', 's/%61B', 's/%41b', 's/%41%42', 's/é', 's/%65\u0301', 's/%C3%89']);
  });

  it('tells directories apart, and keeps one name for all below one', () => {
    const namer = new EntryNamer('s');
    expect(namer.name(Buffer.from('a'), 'directory')).toBe('s/a');
    expect(namer.name(Buffer.from('a/x'), 'file')).toBe('s/a/x');
    expect(namer.name(Buffer.from('a/X'), 'file')).toBe('s/a/%58');
    expect(namer.name(Buffer.from('A/x'), 'file')).toBe('s/%41/x');
    expect(namer.name(Buffer.from('A/y'), 'file')).toBe('s/%41/y');
    expect(namer.name(Buffer.from('A/z/X'), 'file')).toBe('s/%41/z/X');
    expect(namer.name(Buffer.from('A/Y'), 'file')).toBe('s/%41/%59');
    expect(namer.name(Buffer.from('y'), 'file')).toBe('s/y');
  });

  it('gives an object and what lies below it, as object stores allow, different names', () => {
    const namer = new EntryNamer('s');
    const names = ['a', 'a/b', 'a/c', '\u0001', '\u0001/b', '\u0001/b/c'].map((path) =>
      namer.name(Buffer.from(path), 'file'),
    );
    expect(names).toEqual(['s/a', 's/%61/b', 's/%61/c', 's/%01', 's/%01%2Fb', 's/%01%2F%62/c']);
  });

  it('refuses the empty path and a path that came before', () => {
    const namer = new EntryNamer('s');
    namer.name(Buffer.from('\u0001'), 'file');
    expect(() => namer.name(Buffer.from('\u0001'), 'file')).toThrow('listed twice');
    expect(() => namer.name(Buffer.alloc(0), 'file')).toThrow('empty path');
  });

  it('is reversible, safe and unique for any storage', () => {
    const unit = fc.oneof(
      fc.constantFrom(
        'a',
        'A',
        'b',
        'é',
        'e\u0301',
        '%',
        '4',
        '1',
        '.',
        ' ',
        ':',
        '\\',
        '\n',
        'con',
        '/',
        '//',
        '..',
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
      fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    );
    const path = fc
      .array(unit, { minLength: 1, maxLength: 8 })
      .map((units) => Buffer.concat(units.map((each) => Buffer.from(each as string))));
    fc.assert(
      fc.property(
        fc.uniqueArray(path, { maxLength: 40, selector: (bytes) => bytes.toString('hex') }),
        (paths) => {
          const namer = new EntryNamer('s');
          const keys = new Set<string>();
          for (const each of paths.toSorted(Buffer.compare)) {
            const name = namer.name(each, 'file');
            expect(decodeName(name.slice(2))).toEqual(each);
            expect(Buffer.from(name).toString()).toBe(name);
            expect(name).not.toMatch(/[\p{Cc}\\:*?"<>|]/u);
            for (const segment of name.split('/')) {
              expect(segment).not.toMatch(/^$|^\.\.?$|[. ]$/);
              expect(isDeviceName(segment)).toBe(false);
            }
            keys.add(foldName(name));
          }
          expect(keys.size).toBe(paths.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the directory of a table', () => {
  it.each([
    ['public', 'users', 'public.users'],
    ['a.b', 'c', 'a%2Eb.c'],
    ['a', 'b.c', 'a.b.c'],
    ['con', 'x', '%63on.x'],
    ['a/b', 'c\nd/..', 'a%2Fb.c%0Ad%2F.%2E'],
    ['a%', '41', 'a%.41'],
    ['Größe', 'Maß', 'Größe.Maß'],
  ])('of %j.%j is %j', (schema, table, name) => {
    expect(new TableNamer().name(schema, table)).toBe(`database/data/${name}`);
  });

  it('is reversible, unique and one segment', () => {
    const identifier = fc.oneof(
      fc.string({
        unit: fc.constantFrom('a', 'A', '.', '/', '%', '4', '1', '\n'),
        minLength: 1,
        maxLength: 5,
      }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }).map((text) => text.toWellFormed()),
    );
    const tables = fc.uniqueArray(fc.tuple(identifier, identifier), {
      selector: (pair) => JSON.stringify(pair),
    });
    fc.assert(
      fc.property(tables, (pairs) => {
        const namer = new TableNamer();
        const keys = new Set<string>();
        for (const [schema, table] of pairs) {
          const name = namer.name(schema, table).slice('database/data/'.length);
          expect(name).not.toContain('/');
          const dot = name.indexOf('.');
          const parts = dot === -1 ? null : [name.slice(0, dot), name.slice(dot + 1)];
          if (parts !== null)
            expect(parts.map((part) => decodeName(part).toString())).toEqual([schema, table]);
          keys.add(foldName(name));
        }
        expect(keys.size).toBe(pairs.length);
      }),
    );
  });
});

describe('the target of a link', () => {
  it('is encoded reversibly, its slashes and dots kept', () => {
    expect(encodeLinkTarget(Buffer.from('../a/./b'))).toBe('../a/./b');
    expect(encodeLinkTarget(Buffer.from('/x\\y%20\xff', 'latin1'))).toBe('/x%5Cy%2520%FF');
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeName(encodeLinkTarget(Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
