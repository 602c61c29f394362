import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { formatBytes, formatCount } from '../../core/format.ts';
import { printable } from '../../core/printable.ts';
import type { Problem } from '../../core/problem.ts';
import type { StorageSize } from '../storage.ts';
import { mendOf } from './mend.ts';
import type { Place } from './place.ts';
import { isMissing, reasonOf } from './reason.ts';
import { removalProblems } from './removal-problems.ts';

/**
 * What would make a restore to the place fail, each with what mends it. Nothing is made to find out: what the system
 * answers to `access` also tells read-only file systems and immutable directories, to root as well.
 * @param workspace the directory in which it is staged
 * @param replace whether the place may hold something, which is removed then
 */
export async function problemsOf(
  place: Place,
  workspace: string,
  replace: boolean,
  needs: StorageSize,
): Promise<Problem[]> {
  const name = printable(place.name);
  if (place.kind === 'broken link') {
    return [
      { message: `${name} is a symlink to nothing`, hint: 'make the directory it points to, or remove it' },
    ];
  }
  if (place.kind === 'file') {
    return [{ message: `${name} is not a directory`, hint: 'move it away, or name another directory' }];
  }
  const absence = await absenceProblem(workspace);
  if (absence !== null) return [absence];
  return [
    ...(await accessProblems(workspace)),
    ...(replace && place.kind === 'directory' ? await removalProblems(place) : []),
    ...(await roomProblems(workspace, needs)),
  ];
}

async function absenceProblem(workspace: string): Promise<Problem | null> {
  const directory = printable(workspace);
  try {
    if ((await stat(workspace)).isDirectory()) return null;
    return { message: `${directory} is not a directory`, hint: 'name another one' };
  } catch (error) {
    if (isMissing(error))
      return { message: `the directory ${directory} does not exist`, hint: `mkdir -p ${directory}` };
    return cannotWrite(workspace, error);
  }
}

async function accessProblems(workspace: string): Promise<Problem[]> {
  try {
    await access(workspace, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    return [cannotWrite(workspace, error)];
  }
}

function cannotWrite(path: string, error: unknown): Problem {
  const message = `cannot write in the directory ${printable(path)}: ${reasonOf(error)}`;
  return { message, hint: mendOf(path, error) };
}

async function roomProblems(workspace: string, needs: StorageSize): Promise<Problem[]> {
  const { bavail, bsize, files, ffree } = await statfs(workspace, { bigint: true });
  const directory = printable(workspace);
  const problems: Problem[] = [];
  // The last block of a file is half full on average; a whole one also pays for its entry and inode.
  const needed = needs.bytes + needs.files * Number(bsize);
  const free = Number(bavail * bsize);
  if (needed > free) {
    problems.push({
      message: `${formatBytes(needed)} are needed in ${directory} and ${formatBytes(free)} are free`,
      hint: 'free some space, or restore to another file system',
    });
  }
  // File systems that make inodes as they need them say 0 in all.
  if (files > 0n && BigInt(needs.files) > ffree) {
    problems.push({
      message: `${formatCount(needs.files, 'file')} need an inode each in ${directory} and ${ffree} are free`,
      hint: 'remove files, or restore to another file system',
    });
  }
  return problems;
}
