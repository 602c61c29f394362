import { availableParallelism } from 'node:os';
import { HoldfastError } from '../core/errors.ts';
import { Thread } from '../core/thread.ts';
import {
  type CheckedEntry,
  type CheckReply,
  type CheckRequest,
  checkHeldEntry,
  ownBytes,
} from './check-task.ts';

/** More would wait for the one thread that reads. */
const MOST_THREADS = 3;

/** So many entries keep a thread at work while the main thread checks one itself. */
const ENTRIES_AHEAD = 3;

/** Checking so many bytes takes about the time that starting a thread takes; threads are started when they have come. */
const START_BYTES = 16 << 20;

/** An entry of fewer bytes, with the rows in it, is checked in less time than the way to a thread and back takes. */
const LEAST_ENTRY_BYTES = 64 << 10;

/**
 * Checks entries that are held in memory: of a large archive on a thread for each processor but one, and on the main thread what they have
 * no time for.
 */
export class EntryChecker implements AsyncDisposable {
  #threads: readonly Thread<CheckRequest, CheckReply>[] | null = null;
  /** Bytes that have come before. */
  #bytes = 0;

  /**
   * As `checkHeldEntry`.
   * @throws HoldfastError `damaged`
   */
  async check(request: CheckRequest): Promise<CheckedEntry> {
    const { held, part } = request;
    const bytes = held.entry.size + (part?.bytes ?? 0);
    const thread = bytes < LEAST_ENTRY_BYTES ? undefined : this.#idleThread();
    this.#bytes += bytes;
    if (thread === undefined) return checkHeldEntry(request);
    const block = ownBytes(held.block);
    const reply = await thread.ask({ ...request, held: { ...held, block } }, [block.buffer]);
    if ('code' in reply) throw new HoldfastError(reply.code, reply.message, { cause: reply.cause });
    const { buffer, byteOffset, byteLength } = reply.content;
    return { content: Buffer.from(buffer, byteOffset, byteLength), sha256: reply.sha256 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all((this.#threads ?? []).map((thread) => thread.close()));
  }

  /** The one with the least to do; undefined where all have enough. */
  #idleThread(): Thread<CheckRequest, CheckReply> | undefined {
    if (this.#bytes < START_BYTES) return undefined;
    this.#threads ??= Array.from(
      { length: Math.min(availableParallelism() - 1, MOST_THREADS) },
      () => new Thread('check', null),
    );
    const idlest = this.#threads.toSorted((left, right) => left.load - right.load)[0];
    return idlest !== undefined && idlest.load < ENTRIES_AHEAD ? idlest : undefined;
  }
}
