import { mkdir, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HoldfastError, systemCodeOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { attempt } from './attempt.ts';
import { HeldDirectory } from './held-directory.ts';
import { holdsNothing } from './holds-nothing.ts';
import { inodeOf, lookAt } from './inodes.ts';
import { LOST_AND_FOUND } from './mount-points.ts';
import { isNoContent, keptPath } from './own-names.ts';
import { type BytePath, fromText, toBytes } from './paths.ts';
import { dispose, freePath, keep, movePath } from './put-aside.ts';
import { removeTree } from './remove-tree.ts';
import type { StagedTree, Swap, SwapFacts, SwapOptions } from './swap.ts';
import { syncDirectory } from './sync-tree.ts';

/**
 * Stages inside the target and swaps its children one by one: for a target that cannot be renamed because it is a
 * mount point, or because the directory above it may not be written. Its own attributes stay as they are.
 *
 * No list of names is kept, for there may be millions; the directories that are there tell which children are which:
 *
 * 1. `old` is made, and what the target holds is moved into it. While there is a `staging`, the target holds old ones.
 * 2. `staging` is renamed to `incoming`. While there is an `incoming`, the target holds new ones.
 * 3. What `incoming` has is moved into the target. The swap is complete when `incoming` is empty.
 * 4. To finish, `old` is removed with all it has, then `incoming`.
 *
 * To undo, what the target holds is moved to `undone`, `incoming` is renamed to `staging`, and then what `old` has is
 * moved back. The directories are synced between the steps, so that a power cut keeps them in order.
 */
export class ChildrenSwap implements Swap {
  readonly staging: string;
  readonly workspace: string;
  readonly #options: SwapOptions;
  readonly #incoming: string;
  readonly #old: string;
  readonly #undone: string;
  readonly #trash: string;
  readonly #kept: string;
  readonly #ownNames: ReadonlySet<BytePath>;

  constructor(options: SwapOptions) {
    const { target, token } = options;
    this.#options = options;
    this.workspace = target;
    this.staging = join(target, `.holdfast-staging-${token}`);
    this.#incoming = join(target, `.holdfast-incoming-${token}`);
    this.#old = join(target, `.holdfast-old-${token}`);
    this.#undone = join(target, `.holdfast-undone-${token}`);
    this.#trash = join(target, `.holdfast-trash-${token}`);
    this.#kept = keptPath(target, target, token);
    const own = [this.staging, this.#incoming, this.#old, this.#undone, this.#trash];
    this.#ownNames = new Set(own.map((path) => basename(path)));
  }

  async swap({ staged }: SwapFacts): Promise<void> {
    if (staged === null || (await inodeOf(this.staging)) !== staged.inode) throw this.#lacks(this.staging);
    await attempt('make', fromText(this.#old), () => mkdir(this.#old, 0o700));
    await using target = await this.#hold(this.workspace);
    await target.sync();
    await using old = await this.#hold(this.#old);
    await moveAll(target, old, (name) => this.#isContent(name, staged));
    await movePath(this.staging, this.#incoming);
    await target.sync();
    await using incoming = await this.#hold(this.#incoming);
    await moveAll(incoming, target, () => true);
  }

  async undo({ staged }: SwapFacts): Promise<void> {
    const { target: path, reporter } = this.#options;
    if (staged === null) return removeTree(fromText(this.staging));
    await using target = await this.#hold(this.workspace);
    if ((await inodeOf(this.#incoming)) !== null) await this.#takeOut(target, staged);
    if ((await inodeOf(this.#old)) !== null) await this.#bringBack(target);
    await removeTree(fromText(this.staging));
    await dispose(
      {
        path: this.#undone,
        trash: this.#trash,
        kept: this.#kept,
        target: path,
        since: staged.completed,
        areMoved: true,
      },
      reporter,
    );
    await target.sync();
  }

  async finish({ staged }: SwapFacts): Promise<void> {
    if (staged === null) throw this.#incomplete();
    const { target, replace, reporter } = this.#options;
    for (const path of [this.staging, this.#undone])
      if ((await lookAt(path)) !== null) throw this.#incomplete();
    const isThere = (await inodeOf(this.#incoming)) !== null;
    const hasOld = (await inodeOf(this.#old)) !== null;
    if (hasOld && !isThere) throw this.#incomplete();
    if (isThere && !(await this.#holdsNothing(this.#incoming))) throw this.#incomplete();
    if (hasOld && (replace || (await holdsNothing(this.#old)))) {
      await removeTree(fromText(this.#old));
    } else if (hasOld) {
      const place = await keep(this.#old, this.#kept);
      reporter.warning(
        `Something was written into ${printable(target)} just before the restored files came there; it is in ${printable(place)}.`,
      );
    }
    if (isThere) {
      // Last of all, for it tells that the swap was complete.
      await syncDirectory(this.workspace);
      await attempt('remove', fromText(this.#incoming), () => rmdir(this.#incoming));
    }
    await syncDirectory(this.workspace);
  }

  /** What is new leaves the target. */
  async #takeOut(target: HeldDirectory, staged: StagedTree): Promise<void> {
    // Better the new state than none.
    if ((await inodeOf(this.#old)) === null) throw this.#lacks(this.#old);
    await makeUnlessThere(this.#undone);
    await target.sync();
    await using undone = await this.#hold(this.#undone);
    await this.#moveAround(target, undone, (name) => this.#isContent(name, staged));
    await movePath(this.#incoming, this.staging);
    await target.sync();
  }

  async #bringBack(target: HeldDirectory): Promise<void> {
    if ((await inodeOf(this.staging)) === null) throw this.#lacks(this.staging);
    {
      await using old = await this.#hold(this.#old);
      await this.#moveAround(old, target, () => true);
    }
    await attempt('remove', fromText(this.#old), () => rmdir(this.#old));
    await target.sync();
  }

  /** Moves all children; what has taken the place of one in the meantime is kept elsewhere. */
  async #moveAround(
    from: HeldDirectory,
    to: HeldDirectory,
    isMoved: (name: BytePath) => boolean,
  ): Promise<void> {
    await moveAll(from, to, isMoved, async (name) => {
      if (await removesEmpty(to.to(name))) return;
      const kept = await freePath(this.#kept);
      await attempt('make', fromText(kept), () => mkdir(kept, 0o700));
      await using aside = await this.#hold(kept);
      await to.move(name, aside);
      await aside.sync();
      this.#options.reporter.warning(
        `${printable(toBytes(to.named(name)))} was made by somebody else meanwhile; it is kept in ${printable(kept)}.`,
      );
    });
  }

  /** True for what is swapped: not what belongs to the file system or to restores, nor what this one keeps for people. */
  #isContent(name: BytePath, { lostAndFound }: StagedTree): boolean {
    if (name === LOST_AND_FOUND) return lostAndFound;
    return (
      !isNoContent(name) && !this.#ownNames.has(name) && !name.startsWith(fromText(basename(this.#kept)))
    );
  }

  #hold(path: string): Promise<HeldDirectory> {
    return attempt('open', fromText(path), () => HeldDirectory.open(fromText(path)));
  }

  async #holdsNothing(path: string): Promise<boolean> {
    await using directory = await this.#hold(path);
    return await directory.isEmpty();
  }

  #lacks(path: string): HoldfastError {
    return new HoldfastError(
      'failed',
      `${printable(path)} is no longer there: somebody has moved or removed it.`,
      {
        hint: 'Put it back, then try again.',
      },
    );
  }

  #incomplete(): HoldfastError {
    return new HoldfastError('failed', `The restored files are not all in ${printable(this.workspace)}.`);
  }
}

/** Moves children until none is left to move, and syncs both directories. */
async function moveAll(
  from: HeldDirectory,
  to: HeldDirectory,
  isMoved: (name: BytePath) => boolean,
  makeWay: (name: BytePath) => Promise<void> = async (name) => {
    throw appeared(to.named(name));
  },
): Promise<void> {
  for (let moved = -1; moved !== 0;) {
    moved = 0;
    for await (const { name } of from.list()) {
      if (!isMoved(name)) continue;
      if ((await to.look(name)) !== null) await makeWay(name);
      await from.move(name, to);
      moved += 1;
    }
  }
  await to.sync();
  await from.sync();
}

async function makeUnlessThere(path: string): Promise<void> {
  await attempt('make', fromText(path), async () => {
    try {
      await mkdir(path, 0o700);
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throw error;
    }
  });
}

/** True when there was an empty directory, which is gone then. */
async function removesEmpty(path: Buffer): Promise<boolean> {
  return rmdir(path).then(
    () => true,
    () => false,
  );
}

function appeared(path: BytePath): HoldfastError {
  return new HoldfastError(
    'failed',
    `${printable(toBytes(path))} appeared while the files were put in place.`,
    {
      hint: 'Stop what writes there, then restore again.',
    },
  );
}
