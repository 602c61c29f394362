import { type BigIntStats, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HoldfastError, messageOf, systemCodeOf } from '../../../core/errors.ts';
import { pathFailure } from '../../../core/path-failure.ts';
import { printable } from '../../../core/printable.ts';

/** Where a database goes. */
export interface Place {
  /** The file itself, without links on the way. */
  readonly path: string;
  readonly folder: string;
  /** Null where there is nothing yet. */
  readonly file: PlacedFile | null;
}

/** A file as the system knows it, whatever it is called. */
export interface PlacedFile {
  readonly device: string;
  readonly inode: string;
  readonly bytes: number;
  /** How many names it has. */
  readonly names: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** How the names end of what SQLite keeps beside a database. */
export const BESIDE = ['-journal', '-wal', '-shm'] as const;

/** What SQLite keeps beside a database. */
export function besideDatabase(path: string): string[] {
  return BESIDE.map((suffix) => path + suffix);
}

/** @throws HoldfastError `failed` for what cannot be a database's place */
export async function findPlace(given: string): Promise<Place> {
  const path = realPlace(given);
  const folder = dirname(path);
  const name = printable(path);
  const isFolder = await stat(folder).then(
    (stats) => stats.isDirectory(),
    (error: unknown) => {
      if (pathFailure(error) !== undefined) throw cannotLookAt(path, error);
      return false;
    },
  );
  if (!isFolder) {
    throw new HoldfastError(
      'failed',
      `There is no folder ${printable(folder)} for the database ${basename(name)}.`,
      {
        hint: 'Make it, or check the path.',
      },
    );
  }
  const file = fileAt(path);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    if (file !== null) await access(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new HoldfastError('failed', `The database ${name} cannot be replaced: ${messageOf(error)}.`, {
      hint: 'Restore as a user who may write the file and its folder.',
      cause: error,
    });
  }
  return { path, folder, file };
}

/** @throws HoldfastError `failed` for what is no file, or cannot be looked at */
export function fileAt(path: string): PlacedFile | null {
  const stats = statsOf(path);
  if (stats === undefined) return null;
  if (!stats.isFile()) {
    throw new HoldfastError(
      'failed',
      `${printable(path)} is no file${stats.isDirectory() ? ', but a directory' : ''}.`,
      {
        hint: 'Give the path of the database file itself.',
      },
    );
  }
  return {
    device: String(stats.dev),
    inode: String(stats.ino),
    bytes: Number(stats.size),
    names: Number(stats.nlink),
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
  };
}

function statsOf(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw cannotLookAt(path, error);
  }
}

function cannotLookAt(path: string, cause: unknown): HoldfastError {
  const { why, hint } = pathFailure(cause) ?? { why: messageOf(cause), hint: 'Check the path.' };
  return new HoldfastError('failed', `The database ${printable(path)} cannot be looked at: ${why}.`, {
    hint,
    cause,
  });
}

/** Whether two are the same file. */
export function isSameFile(
  a: Pick<PlacedFile, 'device' | 'inode'> | null,
  b: Pick<PlacedFile, 'device' | 'inode'> | null,
): boolean {
  return a?.device === b?.device && a?.inode === b?.inode;
}

const MOST_LINKS = 40;

/** Where a database really lies: a link is kept, and what it leads to is replaced, also where that does not exist. */
export function realPlace(given: string): string {
  let path = given;
  for (let links = 0; links < MOST_LINKS; links++) {
    try {
      return realpathSync(path);
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') break;
    }
    try {
      path = resolve(dirname(path), readlinkSync(path));
    } catch {
      break;
    }
  }
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}
