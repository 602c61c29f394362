import { createHash, hash, webcrypto } from 'node:crypto';
import { availableParallelism } from 'node:os';

/** What the manifest says of a part's text. */
export interface TextDigest {
  /** Bytes of uncompressed text. */
  readonly bytes: number;
  /** SHA-256 of the uncompressed text, in hex. */
  readonly sha256: string;
}

/** Up to here hashing takes less time than the way to another thread and back. */
const SYNC_BYTES = 64 << 10;

/** With fewer cores no other thread has time to spare, and the copies that it works on would be all that is gained. */
const POOL_CORES = 3;

/** The last text that is being hashed. */
let hashing: Promise<unknown> = Promise.resolve();

/**
 * The digest of a whole text, taken on the thread pool where there are cores for it: the main thread has other things to do. That gets a copy, so it is one text
 * at a time, which is faster than any text comes.
 */
export function digestOf(text: Buffer): Promise<TextDigest> {
  const bytes = text.length;
  if (bytes <= SYNC_BYTES || availableParallelism() < POOL_CORES) {
    return Promise.resolve({ bytes, sha256: hash('sha256', text) });
  }
  const digest = hashing.then(() => webcrypto.subtle.digest('SHA-256', text as Buffer<ArrayBuffer>));
  hashing = digest.catch(() => undefined);
  return digest.then((sum) => ({ bytes, sha256: Buffer.from(sum).toString('hex') }));
}

/** Passes chunks through, counting and hashing them. */
export class DigestingStep {
  readonly #hash = createHash('sha256');
  bytes = 0;

  async *pass(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk);
      this.bytes += chunk.length;
      yield chunk;
    }
  }

  result(): TextDigest {
    return { bytes: this.bytes, sha256: this.#hash.digest('hex') };
  }
}
