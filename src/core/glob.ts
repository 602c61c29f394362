import { posix } from 'node:path';

/** True for a name that one of the patterns it was made from matches. */
export type Matcher = (name: string) => boolean;

/**
 * Matches paths below a storage's root by the patterns of `node:path`'s `matchesGlob` (`*`, `**`, `?`, `[a-z]`,
 * `{a,b}`). A pattern without a slash is held against the last segment alone, at any depth.
 */
export function matchPaths(patterns: readonly string[]): Matcher {
  return (path) =>
    patterns.some((pattern) => {
      const trimmed = pattern.replace(/^(?:\.?\/)+|\/+$/g, '');
      return posix.matchesGlob(trimmed.includes('/') ? path : posix.basename(path), trimmed);
    });
}

/** Like `matchPaths`, and matches everything below a directory that matches. */
export function matchTrees(patterns: readonly string[]): Matcher {
  const matches = matchPaths(patterns);
  return (path) => {
    // The path itself may be a dot or a slash, for object stores have such keys.
    for (let part = path; ;) {
      if (matches(part)) return true;
      const parent = posix.dirname(part);
      if (parent === '.' || parent === '/' || parent === part) return false;
      part = parent;
    }
  };
}
