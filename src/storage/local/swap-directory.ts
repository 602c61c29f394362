import { dirname, join } from 'node:path';
import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { holdsNothing } from './holds-nothing.ts';
import { inodeOf, lookAt } from './inodes.ts';
import { keptPath, stemOf } from './own-names.ts';
import { fromText } from './paths.ts';
import { dispose, keep, movePath } from './put-aside.ts';
import { removeTree } from './remove-tree.ts';
import type { Swap, SwapFacts, SwapOptions } from './swap.ts';
import { syncDirectory } from './sync-tree.ts';

/**
 * Stages beside the target and swaps by renaming the directories, the target's own name included. Which of the two trees
 * a name stands for is told by the inode, so it is plain at every moment how far a swap had come:
 *
 * | staging | old | target | |
 * | --- | --- | --- | --- |
 * | there | | the old tree or none | before the swap, or undone |
 * | there | there | none | in the middle of the swap, or of its undoing |
 * | | there or none before | the new tree | swapped |
 *
 * The directory is synced after each rename: a power cut keeps them in order on any file system.
 */
export class DirectorySwap implements Swap {
  readonly staging: string;
  readonly workspace: string;
  readonly #options: SwapOptions;
  readonly #old: string;
  readonly #trash: string;

  constructor(options: SwapOptions) {
    const { target, token } = options;
    const stem = stemOf(target);
    this.#options = options;
    this.workspace = dirname(target);
    this.staging = join(this.workspace, `.${stem}.holdfast-${token}`);
    this.#old = join(this.workspace, `.${stem}.holdfast-old-${token}`);
    this.#trash = join(this.workspace, `.${stem}.holdfast-trash-${token}`);
  }

  async swap({ target: before, staged }: SwapFacts): Promise<void> {
    const { target } = this.#options;
    if (staged === null || (await inodeOf(this.staging)) !== staged.inode) throw noLongerThere(this.staging);
    if (before !== null) {
      if ((await inodeOf(target)) !== before) throw isAnother(target, 'Nothing was changed; restore again.');
      await this.#move(target, this.#old);
    }
    // What has come there meanwhile stays: only an empty directory can be renamed over.
    await this.#move(this.staging, target);
  }

  async undo({ target: before, staged }: SwapFacts): Promise<void> {
    const { target, token, reporter } = this.#options;
    const present = (await lookAt(target))?.ino ?? null;
    const isNew = staged !== null && present === staged.inode;
    const isAside = before !== null && (await inodeOf(this.#old)) === before;
    if (isNew) {
      // Better the new state than none.
      if (before !== null && !isAside) throw noLongerThere(this.#old);
      await this.#move(target, this.staging);
    }
    if (isAside) await this.#bringBack(isNew ? null : present);
    else if (!isNew) this.#requireUntouched(before, present);
    if (staged === null) {
      await removeTree(fromText(this.staging));
    } else {
      const kept = keptPath(this.workspace, target, token);
      const since = staged.completed;
      await dispose(
        { path: this.staging, trash: this.#trash, kept, target, since, areMoved: false },
        reporter,
      );
    }
    await syncDirectory(this.workspace);
  }

  async finish({ target: before, staged }: SwapFacts): Promise<void> {
    const { target, token, replace, reporter } = this.#options;
    if (staged === null || (await inodeOf(target)) !== staged.inode) {
      throw isAnother(target, `It does not hold what was restored; see also ${printable(this.staging)}.`);
    }
    const aside = await inodeOf(this.#old);
    if (aside !== null && aside !== before) {
      reporter.warning(
        `${printable(this.#old)} is left as it is: it is not what ${printable(target)} was before.`,
      );
    } else if (aside !== null) {
      if (replace || (await holdsNothing(this.#old))) {
        await removeTree(fromText(this.#old));
      } else {
        // Whoever had the directory open could write into it until the very moment of the swap.
        const place = await keep(this.#old, keptPath(this.workspace, target, token));
        reporter.warning(
          `Something was written into ${printable(target)} just before the restored files came there; it is in ${printable(place)}.`,
        );
      }
    }
    await syncDirectory(this.workspace);
  }

  /** @param present the inode of what is at the target */
  async #bringBack(present: bigint | null): Promise<void> {
    const { target } = this.#options;
    if (present === null) return this.#move(this.#old, target);
    throw isAnother(
      target,
      `What it held before is in ${printable(this.#old)}. Move away what is at ${printable(target)} now, then run holdfast restore --recover.`,
    );
  }

  #requireUntouched(before: bigint | null, present: bigint | null): void {
    const { target, reporter } = this.#options;
    if (present === before) return;
    if (present === null) throw noLongerThere(target);
    reporter.warning(`${printable(target)} is left as it is: somebody else has made it meanwhile.`);
  }

  async #move(from: string, to: string): Promise<void> {
    await movePath(from, to);
    await syncDirectory(this.workspace);
  }
}

function isAnother(path: string, hint: string): HoldfastError {
  return new HoldfastError(
    'failed',
    `${printable(path)} is another directory than before: somebody has replaced it.`,
    {
      hint,
    },
  );
}

function noLongerThere(path: string): HoldfastError {
  return new HoldfastError(
    'failed',
    `${printable(path)} is no longer there: somebody has moved or removed it.`,
    {
      hint: 'Put it back, then try again.',
    },
  );
}
