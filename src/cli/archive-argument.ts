import { fstatSync, statSync } from 'node:fs';
import { devNull } from 'node:os';
import { HoldfastError } from '../core/errors.ts';
import type { CommandContext } from './commands/command.ts';

const STDIN_FD = 0;
const STDOUT_FD = 1;

/**
 * The archive to read: a path, or `-`.
 * @throws HoldfastError `usage` when it would be typed on a terminal, or standard input is a directory
 */
export function archiveToRead(given: string | undefined, context: CommandContext): string {
  const archive = given ?? '-';
  if (archive === '-' && context.stdin.isTTY) {
    throw new HoldfastError('usage', 'An archive is binary and is not read from a terminal.', {
      hint: 'Redirect standard input, or name a file.',
    });
  }
  // Node takes it for an empty file.
  if (archive === '-' && isDirectory(STDIN_FD)) {
    throw new HoldfastError('usage', 'Standard input is a directory, not an archive.', {
      hint: 'Redirect a file in it.',
    });
  }
  return archive;
}

/**
 * The archive to write: a path, or `-`.
 * @throws HoldfastError `usage` when it would go to a terminal
 */
export function archiveToWrite(archive: string, { stdout }: CommandContext): string {
  if (archive === '-' && stdout.isTTY) {
    throw new HoldfastError('usage', 'An archive is binary and is not written to a terminal.', {
      hint: 'Redirect standard output, or name a file.',
    });
  }
  return archive;
}

/**
 * Where a backup goes that names no archive: to standard output when that is redirected, else into the working directory.
 * @throws HoldfastError `usage` when it is redirected to nowhere, as a scheduler may do: that would be no backup
 */
export function unnamedArchive({ stdout }: CommandContext): string {
  if (stdout.isTTY) return '.';
  if (isNullDevice(STDOUT_FD)) {
    throw new HoldfastError('usage', `No archive is named, and standard output goes to ${devNull}.`, {
      hint: 'Name a file or a directory for the archive.',
    });
  }
  return '-';
}

function isDirectory(fd: number): boolean {
  try {
    return fstatSync(fd).isDirectory();
  } catch {
    return false;
  }
}

function isNullDevice(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    return stats.isCharacterDevice() && stats.rdev === statSync(devNull).rdev;
  } catch {
    return false;
  }
}
