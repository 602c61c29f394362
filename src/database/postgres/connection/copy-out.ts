import type { Duplex } from 'node:stream';
import type { Connection, Submittable } from 'pg';
import { CopyDecoder, type CopyTarget, isDone } from './copy-decoder.ts';
import type { ClientInternals } from './client.ts';
import { takeOver } from './receiving-socket.ts';

const NOTHING = Buffer.alloc(0);

/** A read of less is taken for a client that is faster than the server. */
const SMALL_READ_BYTES = 128 << 10;

interface Demand {
  /** Null: only to see whether there is another row. */
  readonly target: CopyTarget | null;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A `COPY … TO STDOUT` for pg's client. It receives only while somebody waits for rows: else the server waits. */
export class CopyOutQuery implements Submittable {
  readonly #sql: string;
  readonly #restMilliseconds: number;
  readonly #decoder = new CopyDecoder();
  readonly #over = Promise.withResolvers<void>();
  #stream: Duplex | null = null;
  #giveBack: ((rest: Buffer) => void) | null = null;
  /** What came and was not wanted yet. */
  #unread: Buffer = NOTHING;
  #demand: Demand | null = null;
  #failure: { readonly error: unknown } | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** The rows as the server counted them. */
  serverRows = 0;

  /**
   * @param restMilliseconds how long to rest after a small read. A server sends its rows in pieces of 8 KiB: a client that takes
   *   each as it comes wakes up for each, and costs the server and itself more than the rows do.
   */
  constructor(sql: string, restMilliseconds: number) {
    this.#sql = sql;
    this.#restMilliseconds = restMilliseconds;
    this.#over.promise.catch(() => undefined);
  }

  /** Whether there is another row; false only when the server has said its last word. */
  async hasMore(): Promise<boolean> {
    await this.#want(null);
    if (this.#decoder.isInRow) return true;
    await this.#over.promise;
    return false;
  }

  /** Copies rows into `target` until that takes no more, or there are none. */
  async read(target: CopyTarget): Promise<void> {
    await this.#want(target);
  }

  submit(connection: ClientInternals['connection'] & Connection): void {
    this.#stream = connection.stream;
    this.#giveBack = takeOver(connection.stream, (bytes) => this.#receive(bytes));
    connection.query(this.#sql);
  }

  handleError(error: unknown): void {
    clearTimeout(this.#timer);
    this.#failure ??= { error };
    this.#over.reject(error);
    this.#demand?.reject(error);
    this.#demand = null;
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.serverRows = Number(/^COPY (\d+)$/.exec(text)?.[1]);
  }

  handleReadyForQuery(): void {
    this.#over.resolve();
    this.#satisfy();
  }

  async #want(target: CopyTarget | null): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#decoder.hasEnded) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#demand = { target, resolve, reject };
    this.#unread = this.#take(this.#unread);
    if (this.#demand !== null) this.#stream?.resume();
    await promise;
  }

  #receive(bytes: Buffer): void {
    const rest = this.#take(bytes);
    if (this.#giveBack === null) return;
    if (this.#demand === null) {
      this.#unread = Buffer.from(rest);
      this.#stream!.pause();
    } else if (bytes.length < SMALL_READ_BYTES && this.#restMilliseconds > 0) {
      this.#stream!.pause();
      this.#timer ??= setTimeout(() => this.#goOn(), this.#restMilliseconds);
      this.#timer.refresh();
    }
  }

  #goOn(): void {
    if (this.#demand !== null) this.#stream!.resume();
  }

  /** Takes of `bytes` what is wanted; the rest. */
  #take(bytes: Buffer): Buffer {
    if (this.#demand === null || bytes.length === 0) return bytes;
    const { target } = this.#demand;
    let taken;
    try {
      taken = this.#decoder.take(bytes, target);
    } catch (error) {
      this.#stream!.destroy(error as Error);
      return NOTHING;
    }
    const rest = bytes.subarray(taken);
    if (this.#decoder.hasEnded) return this.#end(rest);
    if (target === null ? this.#decoder.isInRow : isDone(target)) this.#satisfy();
    return rest;
  }

  /** What is left of the conversation is pg's, which tells of an error or that the server is ready. */
  #end(rest: Buffer): Buffer {
    clearTimeout(this.#timer);
    const giveBack = this.#giveBack;
    this.#giveBack = null;
    giveBack?.(rest);
    return NOTHING;
  }

  #satisfy(): void {
    this.#demand?.resolve();
    this.#demand = null;
  }
}
