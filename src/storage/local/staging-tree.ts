import { type BigIntStats, closeSync, constants, openSync } from 'node:fs';
import { chmod, mkdir, open, rmdir, symlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { ItemAttributes } from '../../core/item-attributes.ts';
import type { StorageItem } from '../storage.ts';
import type { AttributeWriter } from './attribute-writer.ts';
import { attempt } from './attempt.ts';
import { HeldDirectory } from './held-directory.ts';
import { type BytePath, fromBytes, segmentsOf, toBytes } from './paths.ts';
import type { StagedTree } from './swap.ts';
import { syncTree } from './sync-tree.ts';
import { sync } from './sync.ts';
import { writeFully } from './write-fully.ts';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const OWN_DIRECTORY = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** A directory made in the staging area that the walk has not left yet. */
interface Level {
  readonly name: string;
  /** Below the root. */
  readonly path: BytePath;
  readonly attributes: ItemAttributes;
}

/**
 * The tree of files that a restore makes. Whatever the paths, nothing is made outside of it: each directory on the way
 * to an item was made by this object, in the present run, for making one where anything exists fails. So no restored
 * symlink is ever walked through; and nobody else can put one there, because the tree is private until `finish`. Its root
 * is held open, because whoever owns the directory around it may still rename it and put a symlink in its place.
 * A directory's attributes are set when the walk leaves it, since what is made in it later would change its time.
 */
export class StagingTree implements AsyncDisposable {
  readonly #path: BytePath;
  readonly #attributes: AttributeWriter;
  readonly #signal: AbortSignal;
  readonly #levels: Level[] = [];
  #held: HeldDirectory | null = null;
  #inode: bigint | null = null;
  #defaultMode = 0o777;

  constructor(path: BytePath, attributes: AttributeWriter, signal: AbortSignal) {
    this.#path = path;
    this.#attributes = attributes;
    this.#signal = signal;
  }

  async make(): Promise<void> {
    await attempt('make', this.#path, async () => {
      await mkdir(toBytes(this.#path), 0o700);
      this.#held = await HeldDirectory.open(this.#path);
      const isEmpty = await this.#root.isEmpty();
      const { uid, mode } = await this.#makeProbe();
      // What has taken its place already is somebody's own directory, or one that was there before.
      const own = await this.#root.stats();
      if (!isEmpty || own.uid !== uid) throw this.#isAnother();
      this.#inode = own.ino;
      // What the umask leaves of 0777 is the mode of what the archive gives none.
      this.#defaultMode = Number(mode) & 0o777;
      await chmod(this.#root.to('.'), 0o700);
    });
  }

  /** @throws HoldfastError `failed` when this is not the tree that was made */
  require(staged: StagedTree | null): void {
    if (this.#inode !== null && staged?.inode !== this.#inode) throw this.#isAnother();
  }

  async put(item: StorageItem, content: Buffer | Readable | null): Promise<void> {
    try {
      this.#signal.throwIfAborted();
      const segments = segmentsOf(item.path);
      const name = segments.pop() ?? '';
      await this.#enter(segments);
      const path = fromBytes(item.path);
      if (item.type === 'directory') await this.#makeDirectory(name, path, item);
      else if (item.type === 'symlink') await this.#makeLink(path, item);
      else await this.#makeFile(path, item, content);
    } catch (error) {
      if (!Buffer.isBuffer(content)) content?.destroy();
      throw error;
    }
  }

  /** Sets the attributes that are still to be set, the root's own last, and syncs everything to disk. */
  async finish(rootAttributes: ItemAttributes): Promise<void> {
    await this.#enter([]);
    await syncTree(this.#root);
    await this.#settle('.', rootAttributes);
  }

  /** Lets the root go: whether its path leads to it still can be told while it is held, for its inode is taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    const held = this.#held;
    this.#held = null;
    await held?.[Symbol.asyncDispose]();
  }

  get #root(): HeldDirectory {
    if (this.#held === null) throw new Error('the staging area is not made, or gone');
    return this.#held;
  }

  /** What a directory is that this process makes there: its owner's where file systems have owners. */
  async #makeProbe(): Promise<BigIntStats> {
    const name = 'probe';
    await mkdir(this.#root.to(name));
    const stats = await this.#root.look(name);
    await rmdir(this.#root.to(name));
    if (stats === null) throw this.#isAnother();
    return stats;
  }

  #isAnother(): HoldfastError {
    return new HoldfastError(
      'failed',
      `${printable(toBytes(this.#path))} was replaced by somebody while files were restored into it.`,
      { hint: 'Look who may write in the directory above it. Its target was not changed.' },
    );
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
      const above = this.#levels.at(-1)?.path;
      await this.#makeDirectory(name, above === undefined ? name : `${above}/${name}`, {});
    }
  }

  async #makeDirectory(name: string, path: BytePath, attributes: ItemAttributes): Promise<void> {
    await this.#attempt('make', path, (way) => mkdir(way, 0o700));
    this.#levels.push({ name, path, attributes });
  }

  async #makeLink(path: BytePath, item: StorageItem): Promise<void> {
    const { target } = item;
    if (target === undefined || target.length === 0 || target.includes(0)) throw incomplete(item, 'target');
    await this.#attempt('make', path, async (way) => {
      await symlink(target, way);
      this.#attributes.applyToLink(way, item);
    });
  }

  /** What makes and closes a file is synchronous for the reason that `AttributeWriter` gives. */
  async #makeFile(path: BytePath, item: StorageItem, content: Buffer | Readable | null): Promise<void> {
    if (content === null) throw incomplete(item, 'content');
    const descriptor = await this.#attempt('make', path, async (way) => openSync(way, NEW_FILE, 0o600));
    try {
      for await (const chunk of Buffer.isBuffer(content) ? [content] : content) {
        this.#signal.throwIfAborted();
        await this.#attempt('write', path, () => writeFully(descriptor, chunk as Buffer));
      }
      await this.#attempt('set the attributes of', path, async () => {
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
    if (closed) await syncTree(this.#root, path);
    await this.#attempt('set the attributes of', path, async (way) => {
      const handle = await open(way, OWN_DIRECTORY);
      try {
        this.#attributes.apply(handle.fd, attributes, this.#defaultMode);
        if (closed || path === '.') await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  /** Does something to a path below the root, to which `way` leads whatever the root is called by now. */
  #attempt<T>(verb: string, path: BytePath, work: (way: Buffer) => Promise<T>): Promise<T> {
    const root = this.#root;
    return attempt(verb, root.named(path), () => work(root.to(path)));
  }
}

function incomplete(item: StorageItem, missing: string): HoldfastError {
  return new HoldfastError('damaged', `the archive has no ${missing} for "${printable(item.path)}"`);
}
