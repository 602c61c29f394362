import { dirname, resolve } from 'node:path';
import { HoldfastError, messageOf, systemCodeOf } from '../core/errors.ts';
import { pathFailure } from '../core/path-failure.ts';
import { printable } from '../core/printable.ts';

/** An error met while reading the file at `path`, in words for the user. */
export function readError(path: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const file = printable(path);
  switch (systemCodeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return failed(`${file} does not exist.`, error, 'Check the path.');
    case 'EACCES':
    case 'EPERM':
      return failed(`There is no permission to read ${file}.`, error, 'Run as a user who may read it.');
    default:
      return failed(`${file} cannot be read: ${reasonOf(error)}.`, error, pathFailure(error)?.hint);
  }
}

/** An error met while making the file at `path`, in words for the user. */
export function writeError(path: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const file = printable(path);
  const folder = printable(dirname(resolve(path)));
  switch (systemCodeOf(error)) {
    case 'ENOENT':
      return failed(
        `${file} cannot be written: the folder ${folder} does not exist.`,
        error,
        'Make the folder first.',
      );
    case 'ENOTDIR':
      return failed(`${file} cannot be written: ${folder} is not a folder.`, error, 'Check the path.');
    case 'EACCES':
    case 'EPERM':
      return failed(
        `${file} cannot be written: there is no permission to write into the folder ${folder}.`,
        error,
        'Choose another folder, or run as a user who may write there.',
      );
    case 'EROFS':
      return failed(
        `${file} cannot be written: the file system is read-only.`,
        error,
        'Choose another folder.',
      );
    case 'ENOSPC':
      return failed(
        `${file} cannot be written: the disk is full.`,
        error,
        'Make room, or write to another disk.',
      );
    case 'EDQUOT':
      return failed(
        `${file} cannot be written: the disk quota is used up.`,
        error,
        'Make room, or have the quota raised.',
      );
    case 'EFBIG':
      return failed(
        `${file} cannot be written: the file has become bigger than the file system or the process's limit allows.`,
        error,
        'Write to a file system that allows bigger files (FAT32 ends at 4 GiB); `ulimit -f` shows the limit.',
      );
    default:
      return failed(`${file} cannot be written: ${reasonOf(error)}.`, error, pathFailure(error)?.hint);
  }
}

function reasonOf(error: unknown): string {
  return pathFailure(error)?.why ?? messageOf(error);
}

function failed(message: string, cause: unknown, hint?: string): HoldfastError {
  return new HoldfastError('failed', message, hint === undefined ? { cause } : { hint, cause });
}
