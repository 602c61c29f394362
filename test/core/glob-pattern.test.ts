import { posix } from 'node:path';

import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../src/core/glob-pattern.ts';
import { fc } from '../support/fast-check.ts';

function matching(pattern: string, paths: readonly string[]): string[] {
  const glob = compileGlob(pattern);
  return paths.filter((path) => glob.test(path));
}

describe('compileGlob', () => {
  it.each([
    [String.raw`\[br\]`, ['[br]'], ['b', 'r', String.raw`\[br\]`]],
    [String.raw`back\\slash`, [String.raw`back\slash`], ['backslash', 'back/slash']],
    [String.raw`\*`, ['*'], ['a', '**']],
    [String.raw`a\?b*`, ['a?b', 'a?bc'], ['axb']],
    [String.raw`\{a,b\}`, ['{a,b}'], ['a', 'b']],
    [String.raw`{a\,b,c}`, ['a,b', 'c'], ['a', 'b', 'b,c']],
    [String.raw`[\]a\-c]`, [']', 'a', '-', 'c'], ['b', '\\']],
    [String.raw`[\!a]`, ['!', 'a'], ['b']],
    [String.raw`\p\l\ain`, ['plain'], []],
    [String.raw`a-b\-c,d\(1\)`, ['a-b-c,d(1)'], []],
    [String.raw`\*\*/x`, ['**/x'], ['a/x', 'x']],
    ['end\\', ['end\\'], ['end']],
    ['photo (1)+[2].jpg', ['photo (1)+2.jpg'], ['photo 1+2.jpg']],
    ['?', ['😀', 'é'], ['', '/', 'ab']],
    ['[😀-😃]', ['😁'], ['😄']],
    ['a/**', ['a/', 'a/b', 'a//b', 'a/b/c'], ['a', 'a/.b', 'a/b/.c']],
  ])('%s matches these and not those', (pattern, these, those) => {
    expect(matching(pattern, [...these, ...those])).toEqual(these);
  });

  it("is node's own matching where that knows of no backslash", () => {
    const pieces = [
      'a',
      'b',
      '.',
      '*',
      '?',
      '/',
      '**',
      '/**/',
      '[ab]',
      '[!a]',
      '{a,b}',
      '{,b/a}',
      'a-',
      '!',
      '{',
      '}',
      ',',
      ']',
    ];
    const pattern = fc
      .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 })
      .map((some) => some.join(''));
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '.', '-', '{', ']', ','),
      minLength: 1,
      maxLength: 3,
    });
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    fc.assert(
      fc.property(pattern, path, (globs, text) => {
        const names = [...globs.split('/'), ...text.split('/')];
        // Node takes these for steps up and down.
        fc.pre(!names.some((one) => ['', '.', '..'].includes(one)));
        expect(compileGlob(globs).test(text)).toBe(posix.matchesGlob(text, globs));
      }),
      { numRuns: 5_000 },
    );
  });
});
