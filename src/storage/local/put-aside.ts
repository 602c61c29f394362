import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import { attempt } from './attempt.ts';
import { findChange } from './find-change.ts';
import { HeldDirectory } from './held-directory.ts';
import { inodeOf, lookAt } from './inodes.ts';
import { type BytePath, fromText, toBytes } from './paths.ts';
import { removeTree } from './remove-tree.ts';
import { syncDirectory } from './sync-tree.ts';

/** A restored tree that was taken out of its place again. */
export interface TakenOut {
  readonly path: string;
  /** Where it lies while it is removed: once there, nobody looks any more whether it may be. */
  readonly trash: string;
  /** Where it is kept if it may not. */
  readonly kept: string;
  /** The target it was in. */
  readonly target: string;
  /** See `findChange`. */
  readonly since: bigint;
  readonly areMoved: boolean;
}

/** Removes a tree that was taken out again, unless somebody has written into it: then it is kept, with a warning. */
export async function dispose(tree: TakenOut, reporter: Reporter): Promise<void> {
  const { path, trash, kept, target } = tree;
  await removeTree(fromText(trash));
  if ((await inodeOf(path)) === null) return;
  const change = await changeIn(tree);
  if (change === null) {
    await movePath(path, trash);
    await removeTree(fromText(trash));
    return;
  }
  const place = await keep(path, kept);
  const example = toBytes(fromText(place) + change.slice(fromText(path).length));
  reporter.warning(
    `Something was written into ${printable(target)} after the restored files had come there, for one ${printable(example)}. ` +
      `As the restore is undone, it is kept in ${printable(place)}.`,
  );
}

/** Moves something to where it is kept for people; the path that it has then. */
export async function keep(path: string, kept: string): Promise<string> {
  const place = await freePath(kept);
  await movePath(path, place);
  await syncDirectory(dirname(place));
  return place;
}

export async function freePath(path: string): Promise<string> {
  for (let number = 2, free = path; ; number += 1) {
    if ((await lookAt(free)) === null) return free;
    free = `${path}-${number}`;
  }
}

export async function movePath(from: string, to: string): Promise<void> {
  await attempt('rename', fromText(from), () => rename(from, to));
}

async function changeIn({ path, since, areMoved }: TakenOut): Promise<BytePath | null> {
  return attempt('look through', fromText(path), async () => {
    await using above = await HeldDirectory.open(fromText(dirname(path)));
    await using directory = await above.openOwn(fromText(path).slice(above.path.length + 1));
    return await findChange(directory, since, areMoved);
  });
}
