import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { Problem } from '../../core/problem.ts';
import type { ItemAttributes } from '../../core/item-attributes.ts';
import type { StorageItem, StorageTarget, StorageTargetOptions } from '../storage.ts';
import { readAccounts } from './accounts.ts';
import { AttributeWriter } from './attribute-writer.ts';
import { attempt } from './attempt.ts';
import { fromText } from './paths.ts';
import { type Place, findPlace } from './place.ts';
import { problemsOf } from './preflight.ts';
import { isMissing } from './reason.ts';
import { removeTree } from './remove-tree.ts';
import { StagingTree } from './staging-tree.ts';
import { ChildrenSwap, isNoContent } from './swap-children.ts';
import { DirectorySwap } from './swap-directory.ts';
import type { Swap } from './swap.ts';

/** Opens a directory, which need not exist, for a restore into it. A symlink stands for the directory it leads to. */
export async function openLocalTarget(options: StorageTargetOptions): Promise<StorageTarget> {
  const place = await attempt('look at', fromText(options.location), () => findPlace(options.location));
  const token = randomBytes(6).toString('hex');
  const swap = place.renamable ? new DirectorySwap(place.path, token) : new ChildrenSwap(place.path, token);
  const attributes = new AttributeWriter(await readAccounts(), options.reporter);
  const tree = new StagingTree(fromText(swap.staging), attributes, options.signal);
  return new LocalTarget(options, place, swap, tree);
}

class LocalTarget implements StorageTarget {
  readonly name: string;
  readonly #storage: string;
  readonly #replace: boolean;
  readonly #place: Place;
  readonly #swap: Swap;
  readonly #tree: StagingTree;
  #swapped = false;

  constructor(options: StorageTargetOptions, place: Place, swap: Swap, tree: StagingTree) {
    this.name = place.name;
    this.#storage = options.storage;
    this.#replace = options.replace;
    this.#place = place;
    this.#swap = swap;
    this.#tree = tree;
  }

  async isEmpty(): Promise<boolean> {
    // What is no directory holds nothing; preflight says what it is.
    if (this.#place.kind !== 'directory') return true;
    return holdsNothing(this.#place.path);
  }

  async preflight(needs: { readonly bytes: number; readonly files: number }): Promise<Problem[]> {
    const problems = await problemsOf(this.#place, this.#swap.workspace, needs);
    return problems.map(({ message, hint }) => ({ message: `storage ${this.#storage}: ${message}`, hint }));
  }

  begin(): Promise<void> {
    return this.#tree.make();
  }

  put(item: StorageItem, content: Readable | null): Promise<void> {
    return this.#tree.put(item, content);
  }

  async finish(root: ItemAttributes | null): Promise<void> {
    await this.#tree.finish(
      this.#place.kind === 'directory' ? await attributesOfTarget(this.#place.path) : (root ?? {}),
    );
  }

  async swap(): Promise<void> {
    if (!this.#replace && !(await holdsNothing(this.#place.path))) {
      throw new HoldfastError(
        'failed',
        `${printable(this.name)} is no longer empty: something was written into it.`,
        {
          hint: 'Stop what writes there, then restore again. Nothing was changed.',
        },
      );
    }
    await this.#swap.swap();
    this.#swapped = true;
  }

  async undo(): Promise<void> {
    if (!this.#swapped) return;
    await this.#swap.undo();
    this.#swapped = false;
  }

  async drop(): Promise<void> {
    // Whoever had the directory open could write into it until the very moment of the swap.
    if (!this.#replace && !(await holdsNothing(this.#swap.old))) {
      throw new HoldfastError(
        'failed',
        `something was written into it meanwhile, and is in ${printable(this.#swap.old)}`,
      );
    }
    await this.#swap.drop();
  }

  async discard(): Promise<void> {
    if (!this.#swapped) await removeTree(fromText(this.#swap.staging));
  }
}

/** True for a directory that is missing or empty. */
async function holdsNothing(path: string): Promise<boolean> {
  return attempt('list', fromText(path), async () => {
    try {
      return (await readdir(path, 'latin1')).every(isNoContent);
    } catch (error) {
      if (isMissing(error)) return true;
      throw error;
    }
  });
}

/** The application goes on to use the directory as whom it was made for. */
async function attributesOfTarget(path: string): Promise<ItemAttributes> {
  const { mode, uid, gid } = await stat(path);
  return { mode: mode & 0o7777, uid, gid };
}
