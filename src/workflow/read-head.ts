import type { Readable } from 'node:stream';

/** The beginning of a stream, read ahead. */
export interface StreamHead {
  /** Its first bytes: all of them when `rest` is null. */
  readonly bytes: Buffer;
  /** What follows, or null when the stream has ended. */
  readonly rest: AsyncIterable<Buffer> | null;
  /** Head and rest in one. */
  all(): AsyncGenerator<Buffer, void, void>;
}

/** Reads at least `bytes` bytes of a stream, or all of it when it is shorter. */
export async function readHead(stream: Readable, bytes: number): Promise<StreamHead> {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  const chunks: Buffer[] = [];
  let length = 0;
  let ended = false;
  while (length <= bytes) {
    const next = await iterator.next();
    if (next.done === true) {
      ended = true;
      break;
    }
    chunks.push(next.value);
    length += next.value.length;
  }
  const head = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
  const rest = ended ? null : iterator;
  return {
    bytes: head,
    rest,
    async *all() {
      yield head;
      if (rest !== null) yield* rest;
    },
  };
}
