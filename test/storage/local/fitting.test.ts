import { describe, expect, it } from 'vitest';
import { localFitting } from '../../../src/storage/local/fitting.ts';
import { directoryItem, fileItem, linkItem } from './local-helpers.ts';

/** What is said of each of these paths, of empty files; null for those that fit. */
function fitAll(...paths: (string | Buffer)[]): (string | null)[] {
  const fit = localFitting();
  return paths.map((path) => {
    const misfit = fit(fileItem(path));
    expect(misfit?.isHeld ?? false).toBe(false);
    return misfit?.reason ?? null;
  });
}

describe('a directory as the place of what lay elsewhere', () => {
  it('holds names of any bytes, and empty files with a slash at their end as directories', () => {
    const long = 'x'.repeat(255);
    expect(
      fitAll('a', 'a b', 'a\n', Buffer.from([0x61, 0xff]), 'b/', 'b/c', 'b/d/', `b/${long}/${long}`),
    ).toEqual(Array(8).fill(null));
  });

  it.each([
    ['../a', 'empty, . or ..'],
    ['a/../b', 'empty, . or ..'],
    ['a/..', 'empty, . or ..'],
    ['./a', 'empty, . or ..'],
    ['a//b', 'empty, . or ..'],
    ['/a', 'empty, . or ..'],
    ['/', 'empty, . or ..'],
    ['a//', 'empty, . or ..'],
    ['', 'empty, . or ..'],
    ['a\0b', 'empty, . or ..'],
    [`a/${'x'.repeat(256)}/b`, '256 bytes'],
    ['ü'.repeat(128), '256 bytes'],
    ['.holdfast-staging-0123456789ab', 'restores use that name'],
    ['.holdfast-journal-0123456789ab.json', 'restores use that name'],
  ])('does not hold %j', (path, reason) => {
    expect(fitAll(path)).toEqual([expect.stringContaining(reason)]);
  });

  it('does not hold content under a path with a slash at its end', () => {
    const misfit = localFitting()(fileItem('a/', { size: 1 }));
    expect(misfit).toEqual({ isHeld: false, reason: expect.stringContaining('ends with a slash') });
  });

  it('does not hold what lies below a file, wherever that comes in the order of bytes', () => {
    const below = expect.stringContaining('lies below');
    const reasons = [null, null, null, below, below, null, null, below, null];
    expect(fitAll('a', 'a-b', 'a-b.c', 'a/b', 'a/b/c', 'a0', 'ab', 'ab/', 'b')).toEqual(reasons);
    // What does not fit is not there for others to lie below.
    expect(fitAll('a/../b', 'a/../b/c', 'a/b')).toEqual([expect.any(String), expect.any(String), null]);
  });

  it('takes directories and links from elsewhere for what they are', () => {
    const fit = localFitting();
    expect([directoryItem('d'), fileItem('d/a'), linkItem('l', 'd')].map(fit)).toEqual([null, null, null]);
    expect(fit(fileItem('l/a'))).toMatchObject({ isHeld: false });
  });

  it('holds a file without its metadata', () => {
    const misfit = localFitting()(fileItem('a', { metadata: { contentType: 'text/plain' } }));
    expect(misfit).toEqual({ isHeld: true, reason: expect.stringContaining('content types') });
  });
});
