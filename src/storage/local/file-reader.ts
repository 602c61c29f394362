import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { FileFacts, FileReader } from '../storage.ts';
import { factsOf } from './attributes.ts';
import { leadsOutNow, pathOfDescriptor } from './confine.ts';
import { type BytePath, toBytes } from './paths.ts';

const DIRECTORY_FLAGS = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** As for `openFile`. */
const FILE_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A directory that is held open while its files are read. */
interface Held {
  /** Its path below the root with a slash after it, or nothing for the root. */
  readonly prefix: BytePath;
  readonly descriptor: number;
}

/** Opens a reader below a root, by its real path. */
export function openFileReader(place: unknown): FileReader {
  return new LocalFileReader(place as BytePath);
}

/**
 * Where the system tells what a descriptor stands for, a directory is opened once, found to be where its path says, and its files are
 * opened in it: whatever is put into its path then, they are files of this directory. Elsewhere each path is checked.
 */
class LocalFileReader implements FileReader {
  readonly #root: BytePath;
  #held: Held | null = null;
  /** Whether directories can be held. */
  #holds = process.platform === 'linux';

  constructor(root: BytePath) {
    this.#root = root;
  }

  read(path: BytePath, target: Buffer): FileFacts | null {
    let descriptor: number | null = null;
    try {
      descriptor = this.#open(path);
      if (descriptor === null) return null;
      const before = fstatSync(descriptor, { bigint: true });
      if (!before.isFile() || before.size > target.length) return null;
      const size = Number(before.size);
      for (let position = 0; position < size;) {
        const bytes = readSync(descriptor, target, position, size - position, position);
        if (bytes === 0) return null;
        position += bytes;
      }
      return isUnchanged(before, fstatSync(descriptor, { bigint: true })) ? factsOf(before) : null;
    } catch {
      return null;
    } finally {
      if (descriptor !== null) closeSync(descriptor);
    }
  }

  rest(): void {
    if (this.#held !== null) closeSync(this.#held.descriptor);
    this.#held = null;
  }

  #open(path: BytePath): number | null {
    const prefix = path.slice(0, path.lastIndexOf('/') + 1);
    if (this.#holds && this.#held?.prefix !== prefix) this.#hold(prefix);
    if (this.#held !== null) {
      const way = `/proc/self/fd/${this.#held.descriptor}/${path.slice(prefix.length)}`;
      return openSync(toBytes(way), FILE_FLAGS);
    }
    const fullPath = `${this.#root}/${path}`;
    const descriptor = openSync(toBytes(fullPath), FILE_FLAGS);
    if (!leadsOutNow(this.#root, fullPath)) return descriptor;
    closeSync(descriptor);
    return null;
  }

  /** @throws Error for a directory that is not where its path says */
  #hold(prefix: BytePath): void {
    this.rest();
    const descriptor = openSync(toBytes(`${this.#root}/${prefix}.`), DIRECTORY_FLAGS);
    const opened = pathOfDescriptor(descriptor);
    if (opened === `${this.#root}/${prefix}`.replace(/\/+$/, '')) {
      this.#held = { prefix, descriptor };
      return;
    }
    closeSync(descriptor);
    if (opened !== null) throw new Error('a directory above it became a symlink');
    // A chroot may be without /proc.
    this.#holds = false;
  }
}

function isUnchanged(before: BigIntStats, after: BigIntStats): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs;
}
