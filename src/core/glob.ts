import { posix } from 'node:path';

/** True for a name that one of the patterns it was made from matches. */
export type Matcher = (name: string) => boolean;

/**
 * Matches tables by shell patterns in which `*` stands for any characters and `?` for one. A pattern with a dot is
 * held against `schema.name`, one without against the name alone, in any schema.
 */
export function matchTables(patterns: readonly string[]): (schema: string, name: string) => boolean {
  const matchers = patterns.map((pattern) => ({
    qualified: pattern.includes('.'),
    regexp: toRegExp(pattern),
  }));
  return (schema, name) =>
    matchers.some(({ qualified, regexp }) => regexp.test(qualified ? `${schema}.${name}` : name));
}

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
    for (let part = path; part !== '.' && part !== '/'; part = posix.dirname(part))
      if (matches(part)) return true;
    return false;
  };
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su');
}
