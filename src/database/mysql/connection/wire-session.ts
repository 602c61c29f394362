import type { Duplex } from 'node:stream';
import { bytesOf } from '../../../core/byte-text.ts';
import { connectionLost } from './failure.ts';
import type { ServerVersion } from './server.ts';
import type { Done, Row, RowCursor, RowHandler, Session } from './session.ts';
import { Channel } from './wire/channel.ts';
import { CollectRows, noRows } from './wire/collect-rows.ts';
import { COM_QUERY, COM_QUIT, ProtocolError } from './wire/protocol.ts';
import { type Ending, ResponseParser, type ResponseSink } from './wire/response-parser.ts';
import { sendCommand } from './wire/send-command.ts';
import type { ServerStream } from './wire/server-stream.ts';

/** What is known of a connection when its handshake is done. */
interface Established {
  readonly stream: ServerStream;
  readonly name: string;
  readonly database: string;
  /** Asks the server to end the connection of this number; never fails. */
  readonly kill: (id: string) => Promise<void>;
}

const patienceMilliseconds = 3000;

/**
 * What a server says before it hangs up: it shuts down, network errors and timeouts, ended by an administrator, inactivity,
 * idle in a transaction.
 */
const hangUps: ReadonlySet<number> = new Set([1053, 1158, 1159, 1160, 1161, 1927, 3169, 4031, 4080]);

/** A session that speaks the protocol itself, on a socket whose handshake is done. One call at a time. */
export class WireSession implements Session {
  readonly name: string;
  readonly database: string;
  #server: ServerVersion | null = null;
  #id = '';
  readonly #channel: Channel;
  readonly #stream: Duplex;
  readonly #kill: (id: string) => Promise<void>;
  #killing: Promise<void> | undefined;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  #busy = false;
  #closed = false;

  constructor(established: Established, signal: AbortSignal) {
    this.name = established.name;
    this.database = established.database;
    this.#stream = established.stream.stream;
    this.#kill = established.kill;
    this.#channel = new Channel(established.stream);
    this.#signal = signal;
    this.#onAbort = () => this.#breakOff();
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#breakOff();
  }

  /** Tells the session what it has found out of its server. */
  identify(server: ServerVersion, id: string): void {
    this.#server = server;
    this.#id = id;
  }

  get server(): ServerVersion {
    if (this.#server === null) throw new Error('the session is not prepared yet');
    return this.#server;
  }

  get id(): string {
    return this.#id;
  }

  async query(sql: string): Promise<Row[]> {
    let last: CollectRows | null = null;
    await this.#command([bytesOf(sql)], {
      columns: (names) => (last = new CollectRows(names)),
      done: () => undefined,
    });
    return (last as CollectRows | null)?.rows ?? [];
  }

  async run(sql: string | Buffer): Promise<Done> {
    return this.#run([typeof sql === 'string' ? bytesOf(sql) : sql]);
  }

  async send(sql: AsyncIterable<Buffer>): Promise<Done> {
    return this.#run(sql);
  }

  async read(sql: string, handler: RowHandler): Promise<RowCursor> {
    const parser = await this.#begin([bytesOf(sql)], { columns: () => handler, done: () => undefined });
    let ended = false;
    return {
      advance: async () => {
        if (ended) return false;
        ended = await this.#take(parser);
        return !ended;
      },
      close: () => {
        if (!ended) this.#breakOff();
      },
    };
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.#busy || this.#channel.lost !== undefined) this.#breakOff();
    if (this.#closed) return this.#killing;
    this.#closed = true;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#stream.once('close', () => resolve());
    // A dead network must not hold up the end.
    const timer = setTimeout(() => this.#stream.destroy(), patienceMilliseconds);
    this.#channel.end(Buffer.of(1, 0, 0, 0, COM_QUIT));
    await closed;
    clearTimeout(timer);
  }

  async #run(sql: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<Done> {
    let last: Done = { affectedRows: 0, warnings: 0 };
    await this.#command(sql, { columns: () => noRows, done: (done) => (last = done) });
    return last;
  }

  async #command(sql: Iterable<Buffer> | AsyncIterable<Buffer>, sink: ResponseSink): Promise<void> {
    const parser = await this.#begin(sql, sink);
    while (!(await this.#take(parser)));
  }

  async #begin(sql: Iterable<Buffer> | AsyncIterable<Buffer>, sink: ResponseSink): Promise<ResponseParser> {
    this.#signal.throwIfAborted();
    if (this.#closed || this.#channel.lost !== undefined) throw this.#lostError(this.#channel.lost);
    if (this.#busy) throw new Error(`the session on ${this.name} is asked for two things at a time`);
    this.#busy = true;
    const { promise: interrupted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(this.#signal.reason);
    this.#signal.addEventListener('abort', onAbort, { once: true });
    try {
      // The pieces of a statement may never come when they wait for something else.
      const sequence = await Promise.race([sendCommand(this.#channel, COM_QUERY, sql), interrupted]);
      return new ResponseParser(sink, sequence);
    } catch (error) {
      // Half a statement has been sent, perhaps: there is no way back.
      this.#breakOff();
      throw error;
    } finally {
      this.#signal.removeEventListener('abort', onAbort);
    }
  }

  /** Reads the next bytes of an answer; true when it has ended. */
  async #take(parser: ResponseParser): Promise<boolean> {
    let chunk: Buffer;
    try {
      chunk = await this.#channel.read();
    } catch (error) {
      throw this.#lostError(error);
    }
    let ending: Ending;
    try {
      ending = parser.take(chunk);
      this.#channel.taken();
    } catch (error) {
      this.#channel.taken();
      this.#breakOff();
      throw error instanceof ProtocolError ? this.#lostError(error) : error;
    }
    if (ending === 'more') return false;
    this.#busy = false;
    if (ending === 'ended') return true;
    if (!hangUps.has(ending.code)) throw ending;
    this.#channel.destroy(ending);
    throw this.#lostError(ending);
  }

  #lostError(reason: unknown): unknown {
    if (this.#signal.aborted) return this.#signal.reason;
    return connectionLost(this.name, this.#channel.lastWord() ?? reason);
  }

  #breakOff(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.#busy && this.#id !== '' && this.#channel.lost === undefined)
      this.#killing = this.#kill(this.#id);
    this.#channel.destroy(new Error('the connection was closed'));
  }
}
