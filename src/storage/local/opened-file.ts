import { type BigIntStats, closeSync, constants, fstatSync, openSync, read } from 'node:fs';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { HoldfastError } from '../../core/errors.ts';
import type { OpenedFile } from '../storage.ts';
import type { Accounts } from './accounts.ts';
import { attributesOf } from './attributes.ts';
import { openedOutside } from './confine.ts';
import { type BytePath, toBytes } from './paths.ts';
import { reasonOf } from './reason.ts';

const CHUNK_BYTES = 512 * 1024;

/** Neither a symlink is followed nor a pipe waited for, should one have taken the file's place. Windows knows neither flag. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const readDescriptor = promisify(read);

/**
 * Opens one file below the root.
 * @throws HoldfastError `failed` whose message is one clause: `permission denied`, `vanished`, …
 */
export async function openFile(
  directory: { readonly root: BytePath; readonly accounts: Accounts; readonly signal: AbortSignal },
  path: BytePath,
): Promise<OpenedFile> {
  const fullPath = `${directory.root}/${path}`;
  const descriptor = openDescriptor(fullPath);
  try {
    const stats = fstatSync(descriptor, { bigint: true });
    if (!stats.isFile()) throw new HoldfastError('failed', 'is no longer a file');
    if (await openedOutside(directory.root, fullPath, descriptor)) {
      throw new HoldfastError('failed', 'a directory above it became a symlink');
    }
    const size = Number(stats.size);
    const content = new FileContent(descriptor, stats, directory.signal);
    return {
      content,
      item: { type: 'file', path: toBytes(path), size, ...attributesOf(stats, directory.accounts) },
      check: async () => content.verdict,
    };
  } catch (error) {
    closeSync(descriptor);
    return failed(error);
  }
}

/**
 * Synchronous, as all calls here but for reads: what a listing has just looked at is in memory, and the way through
 * Node's thread pool takes several times as long as the call.
 */
function openDescriptor(path: BytePath): number {
  try {
    return openSync(toBytes(path), FLAGS);
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): never {
  if (error instanceof HoldfastError) throw error;
  throw new HoldfastError('failed', reasonOf(error), { cause: error });
}

/** The bytes of an open file, as many as it had when it was opened; owns the descriptor. */
class FileContent extends Readable {
  /** Why the bytes are not one state of the file, or null; settled when the stream ends. */
  verdict: string | null = 'was not read to its end';
  readonly #descriptor: number;
  readonly #before: BigIntStats;
  readonly #size: number;
  readonly #signal: AbortSignal;
  #position = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(descriptor: number, before: BigIntStats, signal: AbortSignal) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#descriptor = descriptor;
    this.#before = before;
    this.#size = Number(before.size);
    this.#signal = signal;
  }

  override _read(): void {
    this.#reading = this.#next().catch((error: unknown) => {
      const expected = this.#signal.aborted
        ? this.#signal.reason
        : new HoldfastError('failed', reasonOf(error), { cause: error });
      this.destroy(expected);
    });
  }

  /** Closed only after a read under way, whose descriptor might else be another file's by then. */
  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#reading
      .then(() => closeSync(this.#descriptor))
      .then(
        () => callback(error),
        (closeError: Error) => callback(error ?? closeError),
      );
  }

  async #next(): Promise<void> {
    this.#signal.throwIfAborted();
    const wanted = Math.min(CHUNK_BYTES, this.#size - this.#position);
    const chunk = Buffer.allocUnsafeSlow(wanted);
    const bytesRead =
      wanted === 0 ? 0 : (await readDescriptor(this.#descriptor, chunk, 0, wanted, this.#position)).bytesRead;
    this.#position += bytesRead;
    const ended = bytesRead === 0 || this.#position === this.#size;
    // Before the push, for that may call for the next read at once.
    if (ended) this.verdict = this.#compare(fstatSync(this.#descriptor, { bigint: true }));
    if (bytesRead > 0) this.push(chunk.subarray(0, bytesRead));
    if (ended) this.push(null);
  }

  #compare(after: BigIntStats): string | null {
    const before = this.#before;
    if (this.#position < this.#size) {
      return `shrank from ${this.#size} to ${this.#position} bytes while it was read`;
    }
    if (after.size < before.size)
      return `shrank from ${before.size} to ${after.size} bytes while it was read`;
    return after.size === before.size && after.mtimeNs === before.mtimeNs
      ? null
      : 'changed while it was read';
  }
}
