import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** More than a loop of a server's writes, so that a busy client takes much at a time. */
const RECEIVE_BYTES = 256 << 10;

type Taker = (bytes: Buffer) => void;

/**
 * A socket that receives into one buffer, over and over. Who has taken it over gets views of that; else what came is copied
 * and goes the usual way. A stream alone makes a buffer for each read: enough garbage to keep V8's collector busy.
 */
export class ReceivingSocket extends Socket {
  taker: Taker | null = null;

  constructor() {
    super({
      onread: {
        buffer: Buffer.allocUnsafeSlow(RECEIVE_BYTES),
        callback: (size, buffer) => this.#receive(Buffer.from(buffer.buffer, buffer.byteOffset, size)),
      },
    });
  }

  #receive(bytes: Buffer): boolean {
    if (this.taker === null) return this.push(Buffer.from(bytes));
    this.taker(bytes);
    return true;
  }
}

/**
 * Gives what `stream` receives to `take` alone, while it is not paused, in place of its one listener. What `take` gets is only
 * lent. The function that is returned gives the stream back, with the bytes that come before the next ones.
 */
export function takeOver(stream: Duplex, take: Taker): (rest: Buffer) => void {
  const [listener] = stream.listeners('data') as Taker[];
  stream.removeListener('data', listener!);
  if (stream instanceof ReceivingSocket) stream.taker = take;
  // A TLS connection has no buffer of its own.
  else stream.on('data', take);
  return (rest) => {
    if (stream instanceof ReceivingSocket) stream.taker = null;
    else stream.removeListener('data', take);
    stream.on('data', listener!);
    if (rest.length > 0) listener!(Buffer.from(rest));
    stream.resume();
  };
}
