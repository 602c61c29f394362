import { type Transferable, Worker } from 'node:worker_threads';
import { threadFailure } from './thread-failure.ts';
import { THREAD_SCRIPT } from './thread-script.ts';

/** Work for which threads are started; `src/thread.ts` has the code of each. */
export type ThreadTask = 'read-files' | 'hash' | 'check';

/** What a thread is started with. */
export interface ThreadData {
  readonly task: ThreadTask;
  /** For the task; plain data. */
  readonly options: unknown;
}

/** What a task gives for a message. */
export interface ThreadAnswer {
  readonly reply: unknown;
  /** What of the reply is handed over rather than copied. */
  readonly transfer?: readonly Transferable[];
}

/** Threads handle buffers, which lie outside of V8's heap. */
const YOUNG_MIB = 8;

/** A thread that answers one request after another. Starting one takes some 30 ms and 10 MiB. */
export class Thread<Request, Reply> {
  readonly #worker: Worker;
  readonly #waiting: PromiseWithResolvers<Reply>[] = [];
  #failure: { readonly error: unknown } | null = null;

  /** @throws HoldfastError `failed` when the system has no room for another one */
  constructor(task: ThreadTask, options: unknown) {
    this.#worker = startWorker({ task, options });
    this.#worker.on('message', (reply: Reply) => this.#waiting.shift()?.resolve(reply));
    this.#worker.on('error', (error) => this.#fail(threadFailure(error)));
    this.#worker.on('exit', () => this.#fail(new Error(`The thread for ${task} ended.`)));
  }

  /** How many requests are not answered yet. */
  get load(): number {
    return this.#waiting.length;
  }

  /**
   * Sends a request.
   * @param transfer what of it is handed over rather than copied
   * @throws the reason of `close`; HoldfastError `failed` when the thread finds no room; any other error is a bug
   */
  ask(request: Request, transfer: readonly Transferable[] = []): Promise<Reply> {
    const answer = Promise.withResolvers<Reply>();
    if (this.#failure === null) {
      this.#waiting.push(answer);
      this.#worker.postMessage(request, transfer);
    } else {
      answer.reject(this.#failure.error);
    }
    return answer.promise;
  }

  /** Ends the thread; requests that are not answered yet are rejected with `reason`. */
  async close(reason: unknown = new Error('closed')): Promise<void> {
    this.#fail(reason);
    await this.#worker.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure.error);
  }
}

function startWorker(data: ThreadData): Worker {
  try {
    return new Worker(THREAD_SCRIPT, {
      eval: typeof THREAD_SCRIPT === 'string',
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
      // What the environment asks of Node (NODE_OPTIONS) was meant for the process.
      env: {},
      execArgv: [],
      name: data.task,
    });
  } catch (error) {
    throw threadFailure(error);
  }
}
