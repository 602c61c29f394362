import { describe, expect, it } from 'vitest';
import { matchPaths, matchTables, matchTrees } from '../../src/core/glob.ts';

describe('matchTables', () => {
  it('holds a pattern without a dot against the name in any schema', () => {
    const matches = matchTables(['log_*']);
    expect(matches('public', 'log_2026')).toBe(true);
    expect(matches('audit', 'log_')).toBe(true);
    expect(matches('log_x', 'users')).toBe(false);
    expect(matches('public', 'blog_x')).toBe(false);
  });

  it('holds a pattern with a dot against schema and name', () => {
    const matches = matchTables(['audit.*', 'public.user?']);
    expect(matches('audit', 'anything')).toBe(true);
    expect(matches('public', 'users')).toBe(true);
    expect(matches('public', 'user')).toBe(false);
    expect(matches('auditx', 'anything')).toBe(false);
  });

  it('takes every other character literally, whatever it means to a regular expression', () => {
    const matches = matchTables(['a+b(c)[d]|$']);
    expect(matches('s', 'a+b(c)[d]|$')).toBe(true);
    expect(matches('s', 'aab(c)[d]|$')).toBe(false);
    expect(matchTables(['*'])('s', 'line\nbreak 🐘')).toBe(true);
  });

  it('matches nothing without patterns', () => {
    expect(matchTables([])('public', 'users')).toBe(false);
  });
});

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
