import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { HoldfastError } from '../../../core/errors.ts';
import { sendCancelRequest } from './cancel.ts';
import { type ClientInternals, internalsOf } from './client.ts';
import type { ConnectionConfig, HostConfig } from './config.ts';
import { CopyOutQuery } from './copy-out.ts';
import { copyTarget, type CopyTarget } from './copy-decoder.ts';
import { copyOfQuery, parseCsvRows, withValues } from './csv-rows.ts';
import { describeServer, isServerError, serverMessage } from './failure.ts';

/** A row, every value as the server's text. */
export type Row = Record<string, string | null>;

/** Rows on their way from the server. */
export interface CopyOut {
  /** Whether another row comes. False, or an error, only when the server has said its last word. */
  hasMore(): Promise<boolean>;
  /** Copies rows into `target` until that takes no more or there are none; reading sets the pace. To be called when there are more. */
  read(target: CopyTarget): Promise<void>;
  /** The rows as the server counted them; valid once there are no more. */
  serverRows(): number;
}

const patienceMilliseconds = 3000;

/** How much of a query's rows is received at a time. */
const queryBytes = 64 << 10;

/**
 * A rest in which some hundred kilobytes come: it makes a COPY over TCP faster, by a fifth. A Unix socket holds less, and Windows
 * cannot rest for so short a time.
 */
const restMilliseconds = process.platform === 'win32' ? 0 : 1;

/**
 * One connection. A call that the signal interrupts rejects with the signal's reason; a lost connection is a HoldfastError;
 * what the server refuses comes as its own error, for the caller to put into words. One call at a time.
 */
export class Session {
  readonly #client: Client;
  readonly #internals: ClientInternals;
  readonly #config: ConnectionConfig;
  readonly #host: HostConfig;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  #lost: Error | undefined;
  #closed = false;
  #readsBytes = false;

  /** Takes over a connected client. */
  constructor(client: Client, host: HostConfig, config: ConnectionConfig, signal: AbortSignal) {
    this.#client = client;
    this.#internals = internalsOf(client);
    this.#host = host;
    this.#config = config;
    this.#signal = signal;
    this.#onAbort = () => this.interrupt();
    client.on('error', (error) => (this.#lost ??= error));
    client.on('end', () => (this.#lost ??= new Error('the connection was closed')));
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.interrupt();
  }

  /** The server that it is connected to. */
  get host(): HostConfig {
    return this.#host;
  }

  /** Where it is connected to, without secrets. */
  get address(): {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
  } {
    const { host, port } = this.#host;
    return { host, port, database: this.#config.database, user: this.#config.user };
  }

  /** As messages name it: `database "app" at db:5432`. */
  get name(): string {
    return `database "${this.#config.database}" at ${describeServer(this.#host)}`;
  }

  /** True when the connection is gone, for whatever reason. */
  get isLost(): boolean {
    return this.#lost !== undefined || this.#closed;
  }

  /**
   * The rows of a query, whose own text is ASCII: not every encoding has more. With `values` it is one statement; without,
   * there may be several, and the last one's rows come.
   */
  async query<Result extends Row = Row>(sql: string, values?: readonly unknown[]): Promise<Result[]> {
    if (this.#readsBytes && /^\s*(SELECT|WITH)\b/.test(sql)) return this.queryBytes(sql, values);
    const result = await this.#guard(this.#client.query(sql, values as unknown[] | undefined));
    return (Array.isArray(result) ? result.at(-1) : result).rows;
  }

  /**
   * The rows of one SELECT, in which every byte comes as the server sends it: with `textOf` where it is no UTF-8. pg
   * itself takes all for UTF-8.
   */
  async queryBytes<Result extends Row = Row>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<Result[]> {
    const copy = this.copyOut(copyOfQuery(withValues(sql, values)));
    const pieces: Buffer[] = [];
    while (await copy.hasMore()) {
      const target = copyTarget(Buffer.allocUnsafe(queryBytes));
      await copy.read(target);
      pieces.push(target.buffer.subarray(0, target.used));
    }
    return parseCsvRows(Buffer.concat(pieces)) as Result[];
  }

  /** True when names and statements travel in the database's own encoding, not in UTF-8. */
  get readsBytes(): boolean {
    return this.#readsBytes;
  }

  /**
   * Lets texts come and go as the bytes that the database has, the server converting nothing, or again in UTF-8.
   * A transaction that is rolled back takes the change with it.
   */
  async readBytes(readsBytes = true): Promise<void> {
    if (this.#readsBytes === readsBytes) return;
    const encoding = readsBytes ? `pg_catalog.current_setting('server_encoding')` : `'UTF8'`;
    await this.query(`SELECT pg_catalog.set_config('client_encoding', ${encoding}, false)`);
    this.#readsBytes = readsBytes;
  }

  /** Runs one statement; its command tag without numbers, as `COMMIT`. */
  async run(sql: string): Promise<string> {
    return (await this.#guard(this.#client.query(sql))).command;
  }

  /** A `COPY … TO STDOUT` that starts with the first call. Who stops reading before the end has to `interrupt` the session. */
  copyOut(sql: string): CopyOut {
    const isLocal = this.#host.host.startsWith('/');
    const query = new CopyOutQuery(sql, isLocal ? 0 : restMilliseconds);
    let isSent = false;
    return {
      hasMore: () => {
        if (!isSent) this.#client.query(query);
        isSent = true;
        return this.#guard(query.hasMore());
      },
      read: (target) => this.#guard(query.read(target)),
      serverRows: () => query.serverRows,
    };
  }

  /**
   * Runs a `COPY … FROM STDIN` with the bytes of `rows`; the rows as the server counted them. A failure of `rows`
   * itself comes as it is.
   */
  async copyIn(sql: string, rows: Readable): Promise<number> {
    this.#signal.throwIfAborted();
    const stream = copyFrom(sql, { highWaterMark: 1 << 18 });
    this.#client.query(stream);
    // A pipeline waits for `rows` to close, which may never happen while they wait for something else.
    const { promise: interrupted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(this.#signal.reason);
    this.#signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#guard(Promise.race([pipeline(rows, stream), interrupted]));
    } finally {
      this.#signal.removeEventListener('abort', onAbort);
    }
    return stream.rowCount;
  }

  /** Ends the session politely, or at once when it is busy. May be called twice. */
  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.isLost) return;
    this.#closed = true;
    // A dead network must not hold up the end.
    const timer = setTimeout(() => this.#internals.connection.stream.destroy(), patienceMilliseconds);
    await this.#client.end();
    clearTimeout(timer);
  }

  /** Breaks the connection off, and asks the server to stop what it was doing for it. */
  interrupt(): void {
    if (this.isLost) return;
    this.#closed = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    sendCancelRequest(this.#host, this.#internals);
    this.#internals.connection.stream.destroy();
  }

  async #guard<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await work;
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if (error instanceof HoldfastError) throw error;
      // The server says why before it hangs up: class 57P is an administrator's or an operating system's doing.
      const ended = isServerError(error) && error.code.startsWith('57P');
      if (ended || (this.#lost !== undefined && !isServerError(error))) {
        throw new HoldfastError(
          'failed',
          `The connection to ${this.name} was lost: ${serverMessage(error)}.`,
          {
            hint: "See the server's log for the reason: a restart, a crash, a broken network. Then try again.",
            cause: error,
          },
        );
      }
      throw error;
    }
  }
}
