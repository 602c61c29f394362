import { realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { HoldfastError } from '../core/errors.ts';
import { fileLineage } from '../core/file-lineage.ts';
import { matchTrees } from '../core/glob.ts';
import { printable } from '../core/printable.ts';
import type { Problem } from '../core/problem.ts';
import type { DatabaseFile } from '../database/engine.ts';
import { engineForUrl } from '../database/registry.ts';
import { lineageOfArchive } from '../location/lineage.ts';
import { findStorage } from '../storage/registry.ts';

interface NamedLocation {
  readonly name: string;
  readonly location: string;
}

/** Where Linux shows what standard input and output lead to. */
const STANDARD_INPUT = '/proc/self/fd/0';
const STANDARD_OUTPUT = '/proc/self/fd/1';

/**
 * Refuses an archive that would lie inside a storage that it backs up: it would grow while it is read.
 * @param location where the archive is to lie, or `-` for standard output, which may be redirected to such a file
 * @throws HoldfastError `usage`
 */
export async function refuseOverlap(location: string, storages: readonly NamedLocation[]): Promise<void> {
  const archive = location === '-' ? await redirectedTo(STANDARD_OUTPUT) : location;
  if (archive === undefined) return;
  const above = await lineageOfArchive(archive);
  for (const storage of storages) {
    if (!(await contains(storage.location, above))) continue;
    throw new HoldfastError(
      'usage',
      `The archive ${printable(archive)} would lie inside the storage ${shown(storage.location)}.`,
      { hint: 'Write it somewhere else: a backup must not contain itself.' },
    );
  }
}

/**
 * Refuses a database whose own files a storage would hold as well: such a copy is of no moment, and a restore of both would put
 * two into one place.
 * @param excludeFiles globs of files that are left out
 * @throws HoldfastError `usage`
 */
export async function refuseDatabaseInStorage(
  url: string,
  storages: readonly NamedLocation[],
  excludeFiles: readonly string[],
): Promise<void> {
  const file = await fileOf(url);
  if (file === undefined) return;
  const isExcluded = matchTrees(excludeFiles);
  const names = ['', ...file.suffixes];
  for (const { location } of storages) {
    const path = await pathBelow(location, file.path);
    if (path === null || names.every((suffix) => isExcluded(path + suffix))) continue;
    throw new HoldfastError(
      'usage',
      `The database ${printable(file.path)} lies inside the storage ${shown(location)}, which would hold its files as well.`,
      {
        hint: `It is backed up by itself. Leave its files out of the storage: --exclude ${quoted(`${patternFor(path)}{${names.join()}}`)}`,
      },
    );
  }
}

/** A database whose file lies where a storage is restored to: neither could be put in place beside the other. */
export async function databaseInTargets(url: string, storages: readonly NamedLocation[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  const file = await fileOf(url);
  if (file === undefined) return problems;
  const above = await fileLineage(file.path);
  for (const { name, location } of storages) {
    if (!(await contains(location, above))) continue;
    problems.push({
      message: `the database ${printable(file.path)} lies in ${shown(location)}, which storage ${name} replaces as a whole`,
      hint:
        'restore the files first, with --skip-database, then the database, with --skip-files ' +
        '(and --overwrite, if the files bring a copy of it)',
    });
  }
  return problems;
}

/** Storages that would be restored to the same place, or one into that of the other: the later would destroy the earlier. */
export async function overlappingTargets(storages: readonly NamedLocation[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const inner of storages) {
    const above = await lineageOf(inner.location);
    for (const outer of storages) {
      if (outer === inner || !(await contains(outer.location, above))) continue;
      problems.push({
        message: `storage ${inner.name} would be restored to ${shown(inner.location)}, which is or lies in the place of storage ${outer.name}`,
        hint: `give each its own: --storage ${inner.name}=LOCATION`,
      });
    }
  }
  return problems;
}

/**
 * Targets in which what a restore is made from lies: it would be removed with all that they hold.
 * @param archive where it lies, or `-` for standard input, which a file may be redirected to
 */
export async function sourcesInTargets(
  { archive, keyFile }: { readonly archive: string; readonly keyFile: string | null },
  storages: readonly NamedLocation[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const file = archive === '-' ? await redirectedTo(STANDARD_INPUT) : archive;
  const sources = [
    { what: 'archive', above: file === undefined ? [] : await lineageOfArchive(file) },
    { what: 'key file', above: keyFile === null ? [] : await fileLineage(keyFile) },
  ];
  for (const { what, above } of sources) {
    for (const { name, location } of storages) {
      if (!(await contains(location, above))) continue;
      problems.push({
        message: `the ${what} lies in ${shown(location)}, and all that storage ${name} holds there would be replaced`,
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

async function fileOf(url: string): Promise<DatabaseFile | undefined> {
  return (await engineForUrl(url)).fileOf?.(url);
}

/** The path of a file below a storage's root; null where it does not lie there. */
async function pathBelow(storage: string, file: string): Promise<string | null> {
  const [itself = ''] = await lineageOf(storage);
  const depth = (await fileLineage(file)).indexOf(itself);
  return depth < 1 ? null : file.split(sep).slice(-depth).join('/');
}

/** A pattern that matches a path, and can be shown: what cannot stands there as any character. */
function patternFor(path: string): string {
  return path.replaceAll(/[*?[\]{}\\]/g, String.raw`\$&`).replaceAll(/\p{C}/gu, '?');
}

/** A word as shells take it for what it is. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

async function contains(storage: string, lineage: readonly string[]): Promise<boolean> {
  const [itself = ''] = await lineageOf(storage);
  return lineage.includes(itself);
}

async function lineageOf(storage: string): Promise<readonly string[]> {
  return (await findStorage(storage)).lineage(storage);
}

/** A storage's location, for people. */
function shown(location: string): string {
  return printable(location.includes('://') ? location : resolve(location));
}
