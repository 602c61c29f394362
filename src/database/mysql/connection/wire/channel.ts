import type { Duplex } from 'node:stream';
import { readServerError, type ServerError } from './server-error.ts';
import { ERR, longestPayload } from './protocol.ts';
import type { ServerStream } from './server-stream.ts';

/** How much is taken from the socket before anybody asks for it, in bytes. */
const readAheadBytes = 1 << 18;

/** The bytes of a connection that is past its handshake, both ways, each at the pace of the slower side. */
export class Channel {
  readonly #stream: Duplex;
  readonly #chunks: Buffer[] = [];
  #queued = 0;
  #lost: Error | undefined;
  /** What waits for something to come, to go, or for the end. */
  #wake: (() => void) | null = null;

  constructor({ stream, divert }: ServerStream) {
    this.#stream = stream;
    const take = (chunk: Buffer): void => {
      this.#chunks.push(chunk);
      this.#queued += chunk.length;
      this.#notify();
    };
    if (divert === null) {
      stream.on('data', (chunk: Buffer) => {
        take(chunk);
        if (this.#queued >= readAheadBytes) stream.pause();
      });
    } else {
      divert((chunk) => {
        // What comes behind the end is read away.
        if (this.#lost !== undefined) return true;
        take(chunk);
        return false;
      });
    }
    stream.on('drain', () => this.#notify());
    stream.on('error', (error) => this.#lose(error));
    stream.on('end', () => this.#lose(new Error('the server closed the connection')));
    stream.on('close', () => this.#lose(new Error('the connection was closed')));
    stream.resume();
  }

  /** Why nothing more can come or go; undefined as long as it can. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** Whether something has come that was not taken. */
  get hasInput(): boolean {
    return this.#chunks.length > 0;
  }

  /** The next bytes, which are valid until `taken`. @throws what ended the connection */
  async read(): Promise<Buffer> {
    for (;;) {
      const chunk = this.#chunks[0];
      if (chunk !== undefined) return chunk;
      if (this.#lost !== undefined) throw this.#lost;
      await this.#wait();
    }
  }

  /** Says that the bytes of the last `read` are not needed any more. */
  taken(): void {
    this.#queued -= this.#chunks.shift()!.length;
    if (this.#queued < readAheadBytes) this.#stream.resume();
  }

  /** Takes a message's bytes; true when it is better to wait with more of them until `writable`. */
  write(buffer: Buffer): boolean {
    return this.#lost === undefined && !this.#stream.write(buffer);
  }

  /** Waits until more can be written, or until something has come, or the connection has ended. */
  async writable(): Promise<void> {
    while (this.#stream.writableNeedDrain && this.#lost === undefined && !this.hasInput) await this.#wait();
  }

  /** What the server said unasked, if it did: why it hangs up. */
  lastWord(): ServerError | undefined {
    const bytes = Buffer.concat(this.#chunks);
    if (bytes.length < 7 || bytes[4] !== ERR) return undefined;
    const length = bytes.readUIntLE(0, 3);
    return length < longestPayload && bytes.length >= 4 + length
      ? readServerError(bytes.subarray(4, 4 + length))
      : undefined;
  }

  /** Says `message` and ends the connection. */
  end(message: Buffer): void {
    this.#lost ??= new Error('the connection was closed');
    this.#stream.end(message);
    this.#stream.resume();
  }

  /** Breaks the connection off. */
  destroy(reason: Error): void {
    this.#lose(reason);
    this.#stream.destroy();
  }

  #lose(reason: Error): void {
    this.#lost ??= reason;
    this.#notify();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
