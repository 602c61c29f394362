import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { clauseOf, HoldfastError, messageOf } from '../../core/errors.ts';
import type { ItemAttributes } from '../../core/item-attributes.ts';
import type { JournalRecord } from '../../core/journal-record.ts';
import { printable } from '../../core/printable.ts';
import type { Problem } from '../../core/problem.ts';
import type { JournalStore } from '../../core/journal-store.ts';
import type { Fitting, StorageItem, StorageSize, StorageTarget, StorageTargetOptions } from '../storage.ts';
import { readAccounts } from './accounts.ts';
import { AttributeWriter } from './attribute-writer.ts';
import { directoryOf, localFitting } from './fitting.ts';
import { findFacts, makeSwap, removeStaging } from './facts.ts';
import { holdsNothing } from './holds-nothing.ts';
import { inodeOf, lookAt } from './inodes.ts';
import { openLocalJournalStore } from './journal-store.ts';
import { measureTree } from './measure.ts';
import { isOwnName } from './own-names.ts';
import { fromBytes, fromText } from './paths.ts';
import { type Place, findPlace } from './place.ts';
import { problemsOf } from './preflight.ts';
import { encodeRecord } from './record.ts';
import { StagingTree } from './staging-tree.ts';
import type { Swap, SwapFacts } from './swap.ts';

/** Opens a directory, which need not exist, for a restore into it. A symlink stands for the directory it leads to. */
export async function openLocalTarget(options: StorageTargetOptions): Promise<StorageTarget> {
  const place = await findPlace(options.location);
  const { token, replace, reporter } = options;
  const swap = makeSwap(wayOf(place), { target: place.path, token, replace, reporter });
  const attributes = new AttributeWriter(await readAccounts(), reporter);
  const tree = new StagingTree(fromText(swap.staging), attributes, options.signal);
  return new LocalTarget(options, place, swap, tree, await inodeOf(swap.workspace));
}

function wayOf({ renamable }: Place): 'directory' | 'children' {
  return renamable ? 'directory' : 'children';
}

class LocalTarget implements StorageTarget {
  readonly name: string;
  readonly journalStore: JournalStore;
  readonly #options: StorageTargetOptions;
  readonly #place: Place;
  readonly #swap: Swap;
  readonly #tree: StagingTree;
  /** Its inode when the way there was looked up: somebody may put a symlink in that way later. */
  readonly #workspace: bigint | null;
  /** What is swapped, from the moment on at which that is decided. */
  #facts: SwapFacts | null = null;
  #begun = false;

  constructor(
    options: StorageTargetOptions,
    place: Place,
    swap: Swap,
    tree: StagingTree,
    workspace: bigint | null,
  ) {
    this.name = place.name;
    this.journalStore = openLocalJournalStore(swap.workspace);
    this.#options = options;
    this.#place = place;
    this.#swap = swap;
    this.#tree = tree;
    this.#workspace = workspace;
  }

  async isEmpty(): Promise<boolean> {
    // What is no directory holds nothing; preflight says what it is.
    if (this.#place.kind !== 'directory') return true;
    return holdsNothing(this.#place.path);
  }

  async measure(): Promise<StorageSize> {
    const { kind, path, renamable } = this.#place;
    if (kind !== 'directory') return { files: 0, bytes: 0 };
    return measureTree(path, !renamable, this.#options.signal);
  }

  async volume(): Promise<string | null> {
    return (await lookAt(this.#swap.workspace))?.dev.toString() ?? null;
  }

  async preflight(needs: StorageSize): Promise<Problem[]> {
    const { storage, replace } = this.#options;
    const problems = await problemsOf(this.#place, this.#swap.workspace, replace, needs);
    return problems.map(({ message, hint }) => ({ message: `storage ${storage}: ${message}`, hint }));
  }

  fitting(kind: string): Fitting | null {
    return kind === 'local' ? null : localFitting();
  }

  async record(): Promise<JournalRecord> {
    const { token, replace } = this.#options;
    const facts = (this.#begun ? this.#facts : null) ?? (await this.#findFacts());
    if (facts.staged !== null) this.#facts = facts;
    return encodeRecord({ swap: wayOf(this.#place), target: this.#place.path, token, replace, facts });
  }

  begin(): Promise<void> {
    return this.#tree.make();
  }

  async put(item: StorageItem, content: Buffer | Readable | null): Promise<void> {
    const destroy = (): void => void (Buffer.isBuffer(content) || content?.destroy());
    const path = fromBytes(item.path);
    if (isOwnName(path)) {
      destroy();
      throw new HoldfastError(
        'failed',
        `cannot restore ${printable(item.path)}: restores use that name themselves`,
        {
          hint: 'An unfinished restore left it where the backup was made. Leave it out of the restore.',
        },
      );
    }
    const directory = directoryOf(item);
    if (directory !== null) destroy();
    await (directory === null ? this.#tree.put(item, content) : this.#tree.put(directory, null));
  }

  async finish(root: ItemAttributes | null): Promise<void> {
    await this.#tree.finish(
      this.#place.kind === 'directory' ? await attributesOfTarget(this.#place.path) : (root ?? {}),
    );
  }

  async swap(): Promise<void> {
    if (!this.#options.replace && !(await holdsNothing(this.#place.path))) {
      throw new HoldfastError(
        'failed',
        `${printable(this.name)} is no longer empty: something was written into it.`,
        { hint: 'Stop what writes there, then restore again. Nothing was changed.' },
      );
    }
    // Once more, for hours may have passed since the journal was written.
    const facts = await this.#findFacts();
    this.#facts ??= facts;
    this.#begun = true;
    try {
      await this.#swap.swap(this.#facts);
    } catch (error) {
      await this.#undoFailed(error);
      throw error;
    } finally {
      await this.#tree[Symbol.asyncDispose]();
    }
  }

  async undo(): Promise<void> {
    if (!this.#begun || this.#facts === null) return;
    await this.#swap.undo(this.#facts);
    this.#begun = false;
  }

  async drop(): Promise<void> {
    if (this.#facts !== null) await this.#swap.finish(this.#facts);
  }

  async discard(): Promise<void> {
    await this.#tree[Symbol.asyncDispose]();
    if (!this.#begun) await removeStaging(this.#swap);
  }

  async #findFacts(): Promise<SwapFacts> {
    const facts = await findFacts(this.#swap, this.#place.path);
    if (facts.workspace !== this.#workspace) {
      throw new HoldfastError(
        'failed',
        `${printable(this.#swap.workspace)} is another directory than before: somebody has replaced it.`,
        { hint: 'Look who may rename the directories above it. Its target was not changed.' },
      );
    }
    this.#tree.require(facts.staged);
    return facts;
  }

  /** What cannot be undone now can be tried again: by `undo`, or by a recovery. */
  async #undoFailed(error: unknown): Promise<void> {
    try {
      await this.undo();
    } catch (second) {
      throw new HoldfastError(
        'failed',
        `${clauseOf(error)}; and it could not be put back as it was: ${messageOf(second)}`,
        { cause: error },
      );
    }
  }
}

/** The application goes on to use the directory as whom it was made for. */
async function attributesOfTarget(path: string): Promise<ItemAttributes> {
  const { mode, uid, gid } = await stat(path);
  return { mode: mode & 0o7777, uid, gid };
}
