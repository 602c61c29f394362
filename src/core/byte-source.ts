import { HoldfastError } from './errors.ts';

/**
 * A sized random-access source of bytes: a file, a spool, an S3 object, or the plaintext of a crypt.
 * It is what opens an archive: everything that reads archives reads through this interface.
 */
export interface ByteSource {
  /** How it is called in messages: a path, `standard input`, an S3 URL without secrets. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /**
   * Fills `target` from `position` on and returns how many bytes it wrote: all of `target`, or less only
   * where the source ends. Calls may overlap.
   * @throws HoldfastError `damaged` when the bytes are not authentic, `failed` when they cannot be read
   */
  read(target: Uint8Array, position: number): Promise<number>;
  /**
   * Says that the bytes from `start` up to `end` are going to be read. A source far away fetches them ahead of the reads
   * that come near; what was never said is fetched only as it is read.
   */
  expect?(start: number, end: number): void;
  close(): Promise<void>;
}

/**
 * The bytes of `source` from `start` up to `end`, in order, in chunks of at most `chunkBytes`. While one is worked on the next is
 * read.
 */
export async function* readRange(
  source: ByteSource,
  start = 0,
  end = source.size,
  chunkBytes = 1 << 20,
): AsyncGenerator<Buffer, void, void> {
  const read = async (position: number): Promise<Buffer> => {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, end - position));
    return chunk.subarray(0, await source.read(chunk, position));
  };
  let next = start < end ? read(start) : null;
  try {
    for (let position = start; next !== null;) {
      const chunk = await next;
      if (chunk.length === 0) return;
      position += chunk.length;
      next = position < end ? read(position) : null;
      // Its failure is met when its turn comes.
      next?.catch(() => undefined);
      yield chunk;
    }
  } finally {
    // Whoever closes the source must find it idle.
    await next?.catch(() => undefined);
  }
}

/**
 * The `bytes` bytes of `source` from `start` on.
 * @throws HoldfastError `damaged` when the source ends before
 */
export async function readExactly(
  source: ByteSource,
  start: number,
  bytes: number,
): Promise<Buffer<ArrayBuffer>> {
  const target = Buffer.allocUnsafe(bytes);
  const got = await source.read(target, start);
  if (got < bytes) {
    throw new HoldfastError(
      'damaged',
      `${source.name} ends at byte ${start + got}; it should have ${start + bytes} or more.`,
    );
  }
  return target;
}
