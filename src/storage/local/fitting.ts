import { printable } from '../../core/printable.ts';
import type { Fitting, StorageItem } from '../storage.ts';
import { isOwnName } from './own-names.ts';
import { type BytePath, fromBytes, isUnsafe, toBytes } from './paths.ts';

/** In bytes: what the file systems of Linux, macOS and Windows take for one name, or nearly so. */
const LONGEST_NAME = 255;

/** Holds items of other kinds of storages, in the order of the bytes of their paths, against what a directory can hold. */
export function localFitting(): Fitting {
  // Each begins with the one before it. What follows them in order may still lie below any of them, and nothing below others.
  const files: BytePath[] = [];
  return (item) => {
    const path = fromBytes(item.path);
    const reason = unfitness(item, path);
    if (reason !== null) return { isHeld: false, reason };
    while (files.length > 0 && !path.startsWith(files.at(-1)!)) files.pop();
    const above = files.find((file) => path[file.length] === '/');
    if (above !== undefined) {
      const name = printable(toBytes(above));
      return {
        isHeld: false,
        reason: `it lies below ${name}, which is a file and cannot be a directory too`,
      };
    }
    if (item.type !== 'directory' && directoryOf(item) === null) files.push(path);
    if (item.metadata === undefined) return null;
    return { isHeld: true, reason: 'directories keep no content types, user metadata or tags of files' };
  };
}

/**
 * The directory that an empty file stands for whose path ends with a slash, as programs that know directories make them in
 * storages that have none; null for any other item.
 */
export function directoryOf(item: StorageItem): StorageItem | null {
  if (item.type !== 'file' || item.size > 0 || item.path.at(-1) !== 0x2f) return null;
  return { ...item, type: 'directory', path: item.path.subarray(0, -1) };
}

function unfitness(item: StorageItem, path: BytePath): string | null {
  const isFolder = directoryOf(item) !== null;
  if (!isFolder && path.endsWith('/')) return 'it ends with a slash as directories do, and holds something';
  const segments = (isFolder ? path.slice(0, -1) : path).split('/');
  if (segments.some(isUnsafe)) return 'a part of its path is empty, . or .., or cannot be a name here';
  const longest = Math.max(...segments.map(({ length }) => length));
  if (longest > LONGEST_NAME)
    return `a part of its path has ${longest} bytes, and names have ${LONGEST_NAME} at most`;
  return isOwnName(path) ? 'restores use that name themselves' : null;
}
