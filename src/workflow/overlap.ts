import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HoldfastError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import type { Problem } from '../core/problem.ts';

interface NamedLocation {
  readonly name: string;
  readonly location: string;
}

/** Where Linux shows what standard input and output lead to. */
const STANDARD_INPUT = '/proc/self/fd/0';
const STANDARD_OUTPUT = '/proc/self/fd/1';

/**
 * Refuses an archive that would lie inside a directory that it backs up: it would grow while it is read.
 * @param location a path, or `-` for standard output, which may be redirected to such a file
 * @throws HoldfastError `usage`
 */
export async function refuseOverlap(location: string, storages: readonly NamedLocation[]): Promise<void> {
  const archive = location === '-' ? await redirectedTo(STANDARD_OUTPUT) : location;
  if (archive === undefined) return;
  const above = await lineageOf(archive);
  for (const { location: directory } of storages) {
    if (!(await contains(directory, above))) continue;
    throw new HoldfastError(
      'usage',
      `The archive ${printable(archive)} would lie inside the storage directory ${printable(resolve(directory))}.`,
      { hint: 'Write it somewhere else: a backup must not contain itself.' },
    );
  }
}

/** Storages that would be restored to the same directory, or one into that of the other: the later would destroy the earlier. */
export async function overlappingTargets(storages: readonly NamedLocation[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const inner of storages) {
    const above = await lineageOf(inner.location);
    for (const outer of storages) {
      if (outer === inner || !(await contains(outer.location, above))) continue;
      problems.push({
        message: `storage ${inner.name} would be restored to ${printable(resolve(inner.location))}, which is or lies in the directory of storage ${outer.name}`,
        hint: `give each its own directory: --storage ${inner.name}=DIRECTORY`,
      });
    }
  }
  return problems;
}

/**
 * Targets in which what a restore is made from lies: it would be removed with all that they hold.
 * @param archive a path, or `-` for standard input, which such a file may be redirected to
 */
export async function sourcesInTargets(
  { archive, keyFile }: { readonly archive: string; readonly keyFile: string | null },
  storages: readonly NamedLocation[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const sources = [
    ['archive', archive === '-' ? await redirectedTo(STANDARD_INPUT) : archive],
    ['key file', keyFile],
  ] as const;
  for (const [what, path] of sources) {
    if (path === undefined || path === null) continue;
    const above = await lineageOf(path);
    for (const { name, location } of storages) {
      if (!(await contains(location, above))) continue;
      problems.push({
        message: `the ${what} lies in ${printable(resolve(location))}, and all that storage ${name} holds there would be replaced`,
        hint: `move the ${what} somewhere else`,
      });
    }
  }
  return problems;
}

/** The regular file behind a descriptor's path, or undefined where it is a pipe, a device, or cannot be told. */
async function redirectedTo(descriptor: string): Promise<string | undefined> {
  try {
    const path = await realpath(descriptor);
    return (await stat(path)).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

async function contains(directory: string, lineage: readonly string[]): Promise<boolean> {
  const [itself = ''] = await lineageOf(directory);
  return lineage.includes(itself);
}

/**
 * What identifies a path and each directory above it, from itself upwards: device and inode, which are the same however
 * links, mounts or the case of letters lead there; below what exists, the names.
 */
async function lineageOf(path: string): Promise<string[]> {
  const real = await realPathOf(resolve(path));
  const parent = dirname(real);
  const above = parent === real ? [] : await lineageOf(parent);
  try {
    const { dev, ino } = await stat(real, { bigint: true });
    return [`${dev}:${ino}`, ...above];
  } catch {
    // It does not exist, or may not be looked at; opening it says so with the right words.
    return [join(above[0] ?? '', basename(real)), ...above];
  }
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}
