import type { StorageItem } from '../../src/storage/storage.ts';

export interface Content {
  readonly item: StorageItem;
  readonly bytes: Buffer | null;
}

const MTIME = 1_700_000_000_000_000_000n;
export const LARGE = Buffer.alloc(3 * 2 ** 20, 'holdfast');

/** In the order in which a source lists them. */
export const SAMPLE: readonly Content[] = [
  file('a file', 'one'),
  file('a-file', 'four'),
  directory('a'),
  file('a/b.txt', 'two'),
  directory('a/deep'),
  directory('a/deep/er'),
  file('a/deep/er/large.bin', LARGE),
  file('a/z', ''),
  directory('empty'),
  symlink('link', 'a/b.txt'),
  file('straße/😀.txt', 'three'),
].toSorted((left, right) => compareAsWalk(left.item.path, right.item.path));

export function file(path: string, content: string | Buffer): Content {
  const bytes = Buffer.from(content);
  return { item: { type: 'file', path: Buffer.from(path), size: bytes.length, mtimeNs: MTIME }, bytes };
}

function directory(path: string): Content {
  return { item: { type: 'directory', path: Buffer.from(path), size: 0, mtimeNs: MTIME }, bytes: null };
}

function symlink(path: string, target: string): Content {
  return {
    item: { type: 'symlink', path: Buffer.from(path), size: 0, target: Buffer.from(target) },
    bytes: null,
  };
}

/** Segment by segment, for a walk compares names and not paths. */
function compareAsWalk(left: Buffer, right: Buffer): number {
  const segments = (path: Buffer): Buffer =>
    Buffer.from(path.toString('latin1').replaceAll('/', '\0'), 'latin1');
  return Buffer.compare(segments(left), segments(right));
}

/** The directories that a listing comes back to after it had left them, or names after what is in them. */
export function brokenRuns(paths: readonly string[]): string[] {
  const parents = new Set(paths.flatMap((path) => parentsOf(path)));
  return Array.from(parents).filter((parent) => {
    const isInside = paths.map((path) => path.startsWith(`${parent}/`));
    const run = isInside.slice(isInside.indexOf(true), isInside.lastIndexOf(true) + 1);
    return run.includes(false) || paths.indexOf(parent) > isInside.indexOf(true);
  });
}

function parentsOf(path: string): string[] {
  return Array.from(path.matchAll(/\//g), ({ index }) => path.slice(0, index));
}
