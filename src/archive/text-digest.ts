import { createHash } from 'node:crypto';

/** What the manifest says of a part's text. */
export interface TextDigest {
  /** Bytes of uncompressed text. */
  readonly bytes: number;
  /** SHA-256 of the uncompressed text, in hex. */
  readonly sha256: string;
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
