import { describe, expect, it } from 'vitest';
import { matchPaths, matchTrees, PathPatterns } from '../../src/core/glob.ts';

describe('matchPaths', () => {
  it('holds a pattern without a slash against the last segment at any depth', () => {
    const matches = matchPaths(['*.tmp', 'cache/']);
    expect(matches('a.tmp')).toBe(true);
    expect(matches('deep/er/a.tmp')).toBe(true);
    expect(matches('deep/cache')).toBe(true);
    expect(matches('a.tmp/b')).toBe(false);
  });

  it('holds a pattern with a slash against the whole path', () => {
    const matches = matchPaths(['thumbs/*/small', 'logs/**']);
    expect(matches('thumbs/1/small')).toBe(true);
    expect(matches('x/thumbs/1/small')).toBe(false);
    expect(matches('logs/2026/01/x.log')).toBe(true);
  });
});

describe('matchTrees', () => {
  it('matches a path, and what lies below a directory that matches', () => {
    const matches = matchTrees(['./avatars/', 'deep/a.txt']);
    expect(matches('avatars/1/x.png')).toBe(true);
    expect(matches('deep/a.txt')).toBe(true);
    expect(matches('deep/b.txt')).toBe(false);
  });
});

describe('PathPatterns', () => {
  it('knows which patterns matched nothing, also of several that match the same', () => {
    const patterns = new PathPatterns(['*.tmp', 'a.*', String.raw`\*.tmp`, 'cache/']);
    expect(['a.tmp', 'b.txt', 'deep/cache'].map(patterns.matches)).toEqual([true, false, true]);
    expect(patterns.unmatched()).toEqual([String.raw`\*.tmp`]);
  });
});
