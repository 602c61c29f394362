import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt } from './attempt.ts';
import { LOST_AND_FOUND } from './mount-points.ts';
import { type BytePath, fromText, toBytes } from './paths.ts';
import { removeTree } from './remove-tree.ts';
import type { Swap } from './swap.ts';
import { syncDirectory } from './sync-tree.ts';

const STAGING_PREFIX = '.holdfast-staging-';

/** True for what may lie in a directory that counts as empty: staging left by a kill, and the file system's own. */
export function isNoContent(name: string): boolean {
  return name.startsWith(STAGING_PREFIX) || name === LOST_AND_FOUND;
}

/**
 * Stages inside the target and swaps its children one by one: for a target that cannot be renamed because it is a
 * mount point, or because the directory above it may not be written. Its own attributes stay as they are.
 */
export class ChildrenSwap implements Swap {
  readonly staging: string;
  readonly workspace: string;
  readonly old: string;
  /** Names moved from the target to the old ones, and from staging to the target, in order. */
  readonly #movedOut: string[] = [];
  readonly #movedIn: string[] = [];

  /** `target` is an absolute path; `token` makes the names in it unique. */
  constructor(target: string, token: string) {
    this.workspace = target;
    this.staging = join(target, STAGING_PREFIX + token);
    this.old = join(target, `.holdfast-old-${token}`);
  }

  async swap(): Promise<void> {
    const incoming = await attempt('list', fromText(this.staging), () => readdir(this.staging, 'latin1'));
    const present = await attempt('list', fromText(this.workspace), () => readdir(this.workspace, 'latin1'));
    const outgoing = present.filter((name) => !isNoContent(name) || incoming.includes(name));
    await attempt('make', fromText(this.old), () => mkdir(this.old, 0o700));
    try {
      for (const name of outgoing) await move(this.workspace, this.old, name, this.#movedOut);
      for (const name of incoming) await move(this.staging, this.workspace, name, this.#movedIn);
      await this.#sync();
    } catch (error) {
      await this.undo();
      throw error;
    }
  }

  async undo(): Promise<void> {
    await moveBack(this.workspace, this.staging, this.#movedIn);
    await moveBack(this.old, this.workspace, this.#movedOut);
    await attempt('remove', fromText(this.old), () => rmdir(this.old));
    await syncDirectory(this.workspace);
  }

  async drop(): Promise<void> {
    await attempt('remove', fromText(this.staging), () => rmdir(this.staging));
    await removeTree(fromText(this.old));
    await syncDirectory(this.workspace);
  }

  async #sync(): Promise<void> {
    for (const directory of [this.staging, this.old, this.workspace]) await syncDirectory(directory);
  }
}

async function move(from: string, to: string, name: BytePath, moved: string[]): Promise<void> {
  const [before, after] = [`${fromText(from)}/${name}`, `${fromText(to)}/${name}`];
  await attempt('rename', before, () => rename(toBytes(before), toBytes(after)));
  moved.push(name);
}

async function moveBack(from: string, to: string, moved: string[]): Promise<void> {
  for (let name = moved.pop(); name !== undefined; name = moved.pop()) await move(from, to, name, []);
}
