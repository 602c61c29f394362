import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { type BytePath, fromBytes, toBytes } from './paths.ts';

/** What a directory has under one name. */
export interface Name {
  readonly name: BytePath;
  /** True for what the directory itself calls a file; false where that is not asked for, or not told. */
  readonly isFile: boolean;
}

/**
 * The names in a directory by their bytes.
 * @param withTypes whether to ask what is a file; that costs some time
 * @throws the system's error
 */
export async function readNames(path: BytePath, withTypes: boolean): Promise<Name[]> {
  const names = (withTypes && (await readTyped(path))) || (await readUntyped(path));
  return names.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** Null where it fails. Where a file system does not tell types, Node looks at each name, and fails when one is gone by then. */
async function readTyped(path: BytePath): Promise<Name[] | null> {
  try {
    const entries: Dirent<Buffer>[] = await readdir(toBytes(path), {
      encoding: 'buffer',
      withFileTypes: true,
    });
    return entries.map((entry) => ({ name: fromBytes(entry.name), isFile: entry.isFile() }));
  } catch {
    return null;
  }
}

async function readUntyped(path: BytePath): Promise<Name[]> {
  const names = await readdir(toBytes(path), 'latin1');
  return names.map((name) => ({ name, isFile: false }));
}
