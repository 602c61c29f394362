import { availableParallelism } from 'node:os';
import { HoldfastError } from '../core/errors.ts';
import { Thread } from '../core/thread.ts';
import {
  type CheckedEntries,
  type CheckReply,
  type CheckRequest,
  checkHeldEntries,
  ownBytes,
} from './check-task.ts';

/** More would wait for the one thread that reads. */
const MOST_THREADS = 3;

/** So many requests keep a thread at work while the main thread answers one itself. */
const REQUESTS_AHEAD = 3;

/** Checking so many bytes takes about the time that starting a thread takes. */
const THREADED_BYTES = 16 << 20;

/** Fewer bytes are checked in less time than the way to a thread and back takes. */
const LEAST_BYTES = 64 << 10;

/** A request that waits for a thread, or for the main thread. */
interface Waiting {
  readonly request: CheckRequest;
  readonly answer: PromiseWithResolvers<CheckedEntries>;
}

/**
 * Checks entries that are held in memory: of a large archive on a thread for each processor but one, and on the main thread what they have
 * no time for.
 */
export class CheckThreads implements AsyncDisposable {
  readonly #threads: readonly Thread<CheckRequest, CheckReply>[];
  readonly #queue: Waiting[] = [];
  /** The main thread's next turn to answer a request itself. */
  #turn: NodeJS.Immediate | null = null;

  /** @param bytes how many are going to be checked, about: of entries, and of rows in them */
  constructor(bytes: number) {
    const threads = bytes < THREADED_BYTES ? 0 : Math.min(availableParallelism() - 1, MOST_THREADS);
    this.#threads = Array.from({ length: threads }, () => new Thread('check', null));
  }

  /** As `checkHeldEntries`. The request is used up. */
  async check(request: CheckRequest): Promise<CheckedEntries> {
    const rowBytes = request.parts.reduce((sum, part) => sum + (part?.bytes ?? 0), 0);
    if (this.#threads.length === 0 || request.held.block.length + rowBytes < LEAST_BYTES)
      return checkHeldEntries(request);
    const answer = Promise.withResolvers<CheckedEntries>();
    this.#queue.push({ request, answer });
    this.#handOut();
    return answer.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#turn !== null) clearImmediate(this.#turn);
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  /** Gives the threads what they have time for; the main thread takes one request in a turn, so that it soon hears when one has. */
  #handOut(): void {
    for (;;) {
      const thread = this.#threads.reduce((idlest, other) => (other.load < idlest.load ? other : idlest));
      if (this.#queue.length === 0 || thread.load >= REQUESTS_AHEAD) break;
      const { request, answer } = this.#queue.shift()!;
      answer.resolve(this.#ask(thread, request));
    }
    if (this.#queue.length > 0) this.#turn ??= setImmediate(() => this.#takeOne());
  }

  #takeOne(): void {
    this.#turn = null;
    this.#handOut();
    const next = this.#queue.shift();
    // An executor's error rejects.
    if (next !== undefined) next.answer.resolve(new Promise((done) => done(checkHeldEntries(next.request))));
    this.#handOut();
  }

  async #ask(thread: Thread<CheckRequest, CheckReply>, request: CheckRequest): Promise<CheckedEntries> {
    const { held } = request;
    const block = ownBytes(held.block);
    const asked = thread.ask({ ...request, held: { ...held, block } }, [block.buffer]);
    const { sound, damage } = await asked;
    this.#handOut();
    return {
      sound: sound.map(({ content: { buffer, byteOffset, byteLength }, sha256 }) => ({
        content: Buffer.from(buffer, byteOffset, byteLength),
        sha256,
      })),
      damage: damage && new HoldfastError(damage.code, damage.message, { cause: damage.cause }),
    };
  }
}
