import { Thread } from '../core/thread.ts';
import {
  MEMORY_BYTES,
  type ReadFilesOptions,
  type ReadFilesReply,
  type ReadFilesRequest,
} from './read-files-task.ts';

/** More would wait for the one thread that writes. */
const MOST_THREADS = 8;

/** The threads that read the small files of a storage, started as they are needed. */
export class FileThreads implements AsyncDisposable {
  readonly #options: ReadFilesOptions;
  readonly #most: number;
  readonly #signal: AbortSignal;
  readonly #threads: Thread<ReadFilesRequest, ReadFilesReply>[] = [];
  /** Shared, not handed over: V8 would count memory that comes anew with each reply, and collect garbage for it. */
  readonly #memories: SharedArrayBuffer[] = [];
  readonly #onAbort = (): void => void this.#close(this.#signal.reason);

  constructor(options: ReadFilesOptions, jobs: number, signal: AbortSignal) {
    this.#options = options;
    this.#most = Math.min(jobs, MOST_THREADS);
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** How many requests keep all threads at work. */
  get ahead(): number {
    return 2 * this.#most + 2;
  }

  /** Has files read. @throws the signal's reason */
  read(paths: readonly string[]): Promise<ReadFilesReply> {
    const memory = this.#memories.pop() ?? new SharedArrayBuffer(MEMORY_BYTES);
    const reply = this.#thread().ask({ paths, memory });
    // It is met when its turn comes.
    reply.catch(() => undefined);
    return reply;
  }

  /** Takes back the memory of a reply that is used up. */
  release({ memory }: ReadFilesReply): void {
    this.#memories.push(memory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    await this.#close();
  }

  /** The one with the least to do. */
  #thread(): Thread<ReadFilesRequest, ReadFilesReply> {
    this.#signal.throwIfAborted();
    const idlest = this.#threads.toSorted((left, right) => left.load - right.load)[0];
    if (idlest !== undefined && (idlest.load === 0 || this.#threads.length === this.#most)) return idlest;
    const thread = new Thread<ReadFilesRequest, ReadFilesReply>('read-files', this.#options);
    this.#threads.push(thread);
    return thread;
  }

  async #close(reason?: unknown): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close(reason)));
  }
}
