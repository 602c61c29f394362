import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Place } from '../config.ts';

/** How much is read from a socket at a time at most, in bytes. */
const READ_BYTES = 1 << 18;

/** A connection to a server. */
export interface ServerStream {
  readonly stream: Duplex;
  /**
   * Lets the bytes go to `take`, instead of being the stream's data. Where it gives false, they are valid until the stream is
   * resumed, and before that no more come. Null where they come as the stream's data, in buffers of their own.
   */
  readonly divert: ((take: (chunk: Buffer) => boolean) => void) | null;
}

/** Connects. What is read lies in one buffer that is used again and again: buffers of their own would be most of the garbage. */
export function openStream(place: Place): ServerStream {
  let diverted: ((chunk: Buffer) => boolean) | undefined;
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const onread = {
    buffer,
    callback: (bytes: number): boolean => {
      const chunk = buffer.subarray(0, bytes);
      if (diverted === undefined) {
        stream.emit('data', Buffer.from(chunk));
        return true;
      }
      return diverted(chunk);
    },
  };
  const target = 'socket' in place ? { path: place.socket } : { host: place.host, port: place.port };
  const stream = connect({ ...target, onread, noDelay: true, keepAlive: true });
  return { stream, divert: (take) => void (diverted = take) };
}
