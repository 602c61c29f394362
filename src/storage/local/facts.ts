import { join } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { ChildrenSwap } from './swap-children.ts';
import { inodeOf, lookAt } from './inodes.ts';
import { LOST_AND_FOUND } from './mount-points.ts';
import { fromText } from './paths.ts';
import { removeTree } from './remove-tree.ts';
import { DirectorySwap } from './swap-directory.ts';
import type { Swap, SwapFacts, SwapOptions } from './swap.ts';
import { syncDirectory } from './sync-tree.ts';

export function makeSwap(way: 'directory' | 'children', options: SwapOptions): Swap {
  return way === 'directory' ? new DirectorySwap(options) : new ChildrenSwap(options);
}

/** The facts of a swap that has not begun. */
export async function findFacts({ staging, workspace }: Swap, target: string): Promise<SwapFacts> {
  const staged = await lookAt(staging);
  return {
    workspace: await inodeOf(workspace),
    target: await inodeOf(target),
    staged:
      staged?.isDirectory() === true
        ? {
            inode: staged.ino,
            completed: staged.ctimeNs,
            lostAndFound: (await lookAt(join(staging, LOST_AND_FOUND))) !== null,
          }
        : null,
  };
}

/** @throws HoldfastError `failed` when the directory is not the one that the facts tell of */
export async function requireWorkspace({ workspace }: Swap, facts: SwapFacts): Promise<void> {
  if ((await inodeOf(workspace)) === facts.workspace) return;
  const path = printable(workspace);
  throw new HoldfastError('failed', `${path} is not the directory that the restore worked in.`, {
    hint: `Is its file system mounted? If ${path} is gone for good, nothing is left to recover there: remove the journal.`,
  });
}

/** Removes the staging directory of a restore that was not swapped in, if there is one. */
export async function removeStaging({ staging, workspace }: Swap): Promise<void> {
  // What else stands there now is not what was made there.
  if ((await inodeOf(staging)) === null) return;
  await removeTree(fromText(staging));
  await syncDirectory(workspace);
}
