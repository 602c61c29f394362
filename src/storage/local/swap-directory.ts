import { lstat, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { attempt } from './attempt.ts';
import { fromText } from './paths.ts';
import { isMissing } from './reason.ts';
import { removeTree } from './remove-tree.ts';
import type { Swap } from './swap.ts';
import { syncDirectory } from './sync-tree.ts';

/** How much of the target's name goes into the names beside it: with the rest they stay below 255 bytes. */
const NAME_CHARACTERS = 50;

/** Stages beside the target and swaps by renaming the directories, the target's own name included. */
export class DirectorySwap implements Swap {
  readonly staging: string;
  readonly workspace: string;
  readonly #target: string;
  readonly old: string;
  #replaced = false;

  /** `target` is an absolute real path; `token` makes the names beside it unique. */
  constructor(target: string, token: string) {
    const name = Array.from(basename(target)).slice(0, NAME_CHARACTERS).join('');
    this.workspace = dirname(target);
    this.staging = join(this.workspace, `.${name}.holdfast-${token}`);
    this.#target = target;
    this.old = join(this.workspace, `.${name}.holdfast-old-${token}`);
  }

  async swap(): Promise<void> {
    this.#replaced = await exists(this.#target);
    if (this.#replaced) await move(this.#target, this.old);
    try {
      await move(this.staging, this.#target);
    } catch (error) {
      await this.#bringBack();
      throw error;
    }
    try {
      await syncDirectory(this.workspace);
    } catch (error) {
      await this.undo();
      throw error;
    }
  }

  async undo(): Promise<void> {
    await move(this.#target, this.staging);
    await this.#bringBack();
    await syncDirectory(this.workspace);
  }

  async drop(): Promise<void> {
    await removeTree(fromText(this.old));
    await syncDirectory(this.workspace);
  }

  async #bringBack(): Promise<void> {
    if (this.#replaced) await move(this.old, this.#target);
  }
}

async function move(from: string, to: string): Promise<void> {
  await attempt('rename', fromText(from), () => rename(from, to));
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
