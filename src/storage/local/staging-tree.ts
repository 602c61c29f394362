import { closeSync, constants, openSync } from 'node:fs';
import { chmod, lstat, mkdir, open, symlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { ItemAttributes } from '../../core/item-attributes.ts';
import type { StorageItem } from '../storage.ts';
import type { AttributeWriter } from './attribute-writer.ts';
import { attempt } from './attempt.ts';
import { type BytePath, fromBytes, segmentsOf, toBytes } from './paths.ts';
import { sync, syncTree } from './sync-tree.ts';
import { writeFully } from './write-fully.ts';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const OWN_DIRECTORY = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** A directory made in the staging area that the walk has not left yet. */
interface Level {
  readonly name: string;
  readonly path: BytePath;
  readonly attributes: ItemAttributes;
}

/**
 * The tree of files that a restore makes. Whatever the paths, nothing is made outside of it: each directory on the way
 * to an item was made by this object, in the present run, for making one where anything exists fails. So no restored
 * symlink is ever walked through; and nobody else can put one there, because the tree is private until `finish`.
 * A directory's attributes are set when the walk leaves it, since what is made in it later would change its time.
 */
export class StagingTree {
  readonly #root: BytePath;
  readonly #attributes: AttributeWriter;
  readonly #signal: AbortSignal;
  readonly #levels: Level[] = [];
  #defaultMode = 0o777;

  constructor(root: BytePath, attributes: AttributeWriter, signal: AbortSignal) {
    this.#root = root;
    this.#attributes = attributes;
    this.#signal = signal;
  }

  async make(): Promise<void> {
    await attempt('make', this.#root, async () => {
      await mkdir(toBytes(this.#root));
      // What the umask leaves of 0777 is the mode of what the archive gives none.
      this.#defaultMode = (await lstat(toBytes(this.#root))).mode & 0o777;
      await chmod(toBytes(this.#root), 0o700);
    });
  }

  async put(item: StorageItem, content: Readable | null): Promise<void> {
    try {
      this.#signal.throwIfAborted();
      const segments = segmentsOf(item.path);
      const name = segments.pop() ?? '';
      await this.#enter(segments);
      const path = `${this.#root}/${fromBytes(item.path)}`;
      if (item.type === 'directory') await this.#makeDirectory(name, path, item);
      else if (item.type === 'symlink') await this.#makeLink(path, item);
      else await this.#makeFile(path, item, content);
    } catch (error) {
      content?.destroy();
      throw error;
    }
  }

  /** Sets the attributes that are still to be set, the root's own last, and syncs everything to disk. */
  async finish(rootAttributes: ItemAttributes): Promise<void> {
    await this.#enter([]);
    await syncTree(this.#root);
    await this.#settle(this.#root, rootAttributes);
  }

  /** Leaves the directories that are not on the way, and makes those that the archive does not list. */
  async #enter(names: readonly string[]): Promise<void> {
    const known = this.#levels.findIndex(({ name }, depth) => name !== names[depth]);
    const shared = known === -1 ? this.#levels.length : known;
    while (this.#levels.length > shared) {
      const level = this.#levels.pop();
      if (level !== undefined) await this.#settle(level.path, level.attributes);
    }
    for (const name of names.slice(shared)) {
      await this.#makeDirectory(name, `${this.#levels.at(-1)?.path ?? this.#root}/${name}`, {});
    }
  }

  async #makeDirectory(name: string, path: BytePath, attributes: ItemAttributes): Promise<void> {
    await attempt('make', path, () => mkdir(toBytes(path), 0o700));
    this.#levels.push({ name, path, attributes });
  }

  async #makeLink(path: BytePath, item: StorageItem): Promise<void> {
    const { target } = item;
    if (target === undefined || target.length === 0 || target.includes(0)) throw incomplete(item, 'target');
    await attempt('make', path, async () => {
      await symlink(target, toBytes(path));
      this.#attributes.applyToLink(path, item);
    });
  }

  /** What makes and closes a file is synchronous for the reason that `AttributeWriter` gives. */
  async #makeFile(path: BytePath, item: StorageItem, content: Readable | null): Promise<void> {
    if (content === null) throw incomplete(item, 'content');
    const descriptor = await attempt('make', path, async () => openSync(toBytes(path), NEW_FILE, 0o600));
    try {
      for await (const chunk of content) {
        this.#signal.throwIfAborted();
        await attempt('write', path, () => writeFully(descriptor, chunk as Buffer));
      }
      await attempt('set the attributes of', path, async () => {
        this.#attributes.apply(descriptor, item, this.#defaultMode & 0o666);
        // `syncTree` could not open it again.
        if (((item.mode ?? 0o400) & 0o400) === 0) await sync(descriptor);
      });
    } finally {
      closeSync(descriptor);
    }
  }

  async #settle(path: BytePath, attributes: ItemAttributes): Promise<void> {
    // Windows opens no directories; what could be set there is the time alone.
    if (process.platform === 'win32') return;
    const closed = ((attributes.mode ?? 0o500) & 0o500) !== 0o500;
    if (closed) await syncTree(path);
    await attempt('set the attributes of', path, async () => {
      const handle = await open(toBytes(path), OWN_DIRECTORY);
      try {
        this.#attributes.apply(handle.fd, attributes, this.#defaultMode);
        if (closed || path === this.#root) await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }
}

function incomplete(item: StorageItem, missing: string): HoldfastError {
  return new HoldfastError('damaged', `the archive has no ${missing} for "${printable(item.path)}"`);
}
