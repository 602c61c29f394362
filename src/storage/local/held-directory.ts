import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  type OpenDirOptions,
  openSync,
} from 'node:fs';
import { chmod, lstat, opendir, rename } from 'node:fs/promises';
import { systemCodeOf } from '../../core/errors.ts';
import { attempt } from './attempt.ts';
import { type BytePath, fromBytes, toBytes } from './paths.ts';
import { isMissing } from './reason.ts';
import { sync } from './sync.ts';

/** What a directory has under one name. */
export interface Entry {
  readonly name: BytePath;
  readonly isDirectory: boolean;
}

/** All permissions of the owner. */
const OWNER = 0o700n;

const FLAGS = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * A directory held open, so that what is done in it is done in this one, whatever others put in its path meanwhile: as
 * root, one works in directories that others may write, and a symlink in the way would lead anywhere. Exact on Linux,
 * where a descriptor can be the beginning of a path; elsewhere it is the path itself.
 */
export class HeldDirectory implements AsyncDisposable {
  readonly path: BytePath;
  readonly #descriptor: number | null;
  readonly #way: BytePath;

  private constructor(path: BytePath, descriptor: number | null) {
    this.path = path;
    this.#descriptor = descriptor;
    const way = descriptor === null ? '' : `/proc/self/fd/${descriptor}`;
    // A chroot may be without /proc.
    this.#way = process.platform === 'linux' && way !== '' && existsSync(`${way}/.`) ? way : path;
  }

  /** @throws the system's error, for what is no directory too */
  static async open(path: BytePath, way: Buffer = toBytes(path)): Promise<HeldDirectory> {
    // Windows opens no directories.
    return new HeldDirectory(path, process.platform === 'win32' ? null : openSync(way, FLAGS));
  }

  /** The way to something in it, or with `.` to itself, for a system call. */
  to(name: BytePath): Buffer {
    return toBytes(`${this.#way}/${name}`);
  }

  /** The path of something in it, for people. */
  named(name: BytePath): BytePath {
    return name === '.' ? this.path : `${this.path}/${name}`;
  }

  /** Opens a directory in it. */
  open(name: BytePath): Promise<HeldDirectory> {
    return HeldDirectory.open(this.named(name), this.to(name));
  }

  /** The same, also where its permissions forbid it to its own owner: for what is to be removed. */
  async openOwn(name: BytePath): Promise<HeldDirectory> {
    try {
      return await this.open(name);
    } catch (error) {
      // Root needs no permission, and must not set modes where others may put a symlink in the way.
      if (systemCodeOf(error) !== 'EACCES' || process.geteuid?.() === 0) throw error;
      await chmod(this.to(name), Number(OWNER));
      return this.open(name);
    }
  }

  /** Gives its owner back the permission to remove what it holds: for what is to be removed itself. */
  async makeRemovable(): Promise<void> {
    const user = process.geteuid?.();
    if (this.#descriptor === null || user === undefined || user === 0) return;
    const { mode, uid } = await this.stats();
    if (uid === BigInt(user) && (mode & OWNER) !== OWNER) fchmodSync(this.#descriptor, Number(OWNER));
  }

  /** What it holds, a few at a time. What is made or moved away meanwhile may or may not be among it. */
  async *list(): AsyncGenerator<Entry, void, void> {
    const options = { encoding: 'buffer', bufferSize: 256 } as unknown as OpenDirOptions;
    const entries = await attempt('list', this.path, () => opendir(toBytes(this.#way), options));
    for await (const entry of entries) {
      yield { name: fromBytes(entry.name as unknown as Buffer), isDirectory: entry.isDirectory() };
    }
  }

  /** What it has under a name, links not followed; null when there is nothing. */
  async look(name: BytePath): Promise<BigIntStats | null> {
    return attempt('look at', this.named(name), async () => {
      try {
        return await lstat(this.to(name), { bigint: true });
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    });
  }

  async isEmpty(): Promise<boolean> {
    for await (const _ of this.list()) return false;
    return true;
  }

  /** What it is itself. */
  async stats(): Promise<BigIntStats> {
    return this.#descriptor === null
      ? lstat(toBytes(this.#way), { bigint: true })
      : fstatSync(this.#descriptor, { bigint: true });
  }

  /** Moves something from here to another directory of the file system; what is there under that name may be replaced. */
  async move(name: BytePath, to: HeldDirectory): Promise<void> {
    await attempt('rename', this.named(name), () => rename(this.to(name), to.to(name)));
  }

  /** Waits until renames in it are on the disk. */
  async sync(): Promise<void> {
    const descriptor = this.#descriptor;
    if (descriptor !== null) await attempt('sync', this.path, () => sync(descriptor));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
  }
}
