import { posix } from 'node:path';
import { compileGlob } from './glob-pattern.ts';

/** True for a name that one of the patterns it was made from matches. */
export type Matcher = (name: string) => boolean;

/**
 * Matches paths below a storage's root by the patterns of `compileGlob`. A pattern without a slash is held against the last
 * segment alone, at any depth.
 */
export function matchPaths(patterns: readonly string[]): Matcher {
  const tests = patterns.map((pattern) => {
    const trimmed = pattern.replace(/^(?:\.?\/)+|\/+$/g, '');
    return { isOfPath: trimmed.includes('/'), glob: compileGlob(trimmed) };
  });
  return (path) => tests.some(({ isOfPath, glob }) => glob.test(isOfPath ? path : posix.basename(path)));
}

/** Patterns as `matchPaths` takes them, which know whether they have matched anything. */
export class PathPatterns {
  readonly #isAny: Matcher;
  readonly #unmatched: Map<string, Matcher>;

  constructor(patterns: readonly string[]) {
    this.#isAny = matchPaths(patterns);
    this.#unmatched = new Map(patterns.map((pattern) => [pattern, matchPaths([pattern])]));
  }

  readonly matches: Matcher = (path) => {
    if (!this.#isAny(path)) return false;
    for (const [pattern, matches] of this.#unmatched) if (matches(path)) this.#unmatched.delete(pattern);
    return true;
  };

  /** Those that have matched nothing so far. */
  unmatched(): string[] {
    return [...this.#unmatched.keys()];
  }
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
