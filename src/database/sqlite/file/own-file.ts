import { once } from 'node:events';
import { truncateSync } from 'node:fs';
import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { threadFailure } from '../../../core/thread-failure.ts';
import { openOptions, unchanging } from './connection.ts';

/** What the thread runs: a text, as the executable has no files of its own. */
const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { DatabaseSync } = require('node:sqlite');
  let db;
  parentPort.on('message', ({ sql, values }) => {
    try {
      db ??= new DatabaseSync(workerData.location, workerData.options);
      parentPort.postMessage({ rows: db.prepare(sql).all(...values) });
    } catch ({ message, errcode }) {
      parentPort.postMessage({ error: { message, errcode } });
    }
  });`;

interface Answer {
  readonly rows?: unknown[];
  readonly error?: { readonly message: string; readonly errcode?: number };
}

/**
 * A connection, in a thread of its own, to a file that nobody else knows and nobody wants once the work is interrupted: for
 * statements that take long.
 */
export class OwnFile implements AsyncDisposable {
  readonly path: string;
  readonly #worker: Worker;
  readonly #signal: AbortSignal;

  constructor(
    path: string,
    { readOnly, signal }: { readonly readOnly: boolean; readonly signal: AbortSignal },
  ) {
    this.path = path;
    this.#signal = signal;
    // Who only reads it is not alone, but then nobody writes it.
    const location = readOnly ? unchanging(path) : path;
    try {
      this.#worker = new Worker(THREAD, {
        eval: true,
        workerData: { location, options: openOptions(readOnly) },
        // It passes rows on, a few at a time.
        resourceLimits: { maxYoungGenerationSizeMb: 2 },
      });
    } catch (error) {
      throw threadFailure(error);
    }
  }

  /**
   * Runs one statement, one at a time; returns all its rows, each an object.
   * @throws what SQLite says, with its `errcode`; the signal's reason
   */
  async rows<Row>(sql: string, ...values: SQLInputValue[]): Promise<Row[]> {
    this.#signal.throwIfAborted();
    // Node has no way to interrupt SQLite. Without content it ends by itself, at the next page it reads.
    const interrupt = (): void => truncateSync(this.path, 0);
    this.#signal.addEventListener('abort', interrupt);
    try {
      this.#worker.postMessage({ sql, values }, []);
      const [{ rows, error }] = (await once(this.#worker, 'message')) as [Answer];
      this.#signal.throwIfAborted();
      if (error) throw Object.assign(new Error(error.message), { errcode: error.errcode });
      return rows as Row[];
    } catch (error) {
      throw threadFailure(error);
    } finally {
      this.#signal.removeEventListener('abort', interrupt);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
