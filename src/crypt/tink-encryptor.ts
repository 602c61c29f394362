import { createCipheriv } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import {
  TAG_BYTES,
  deriveSecret,
  newHeader,
  plaintextCapacity,
  segmentNonce,
  type TinkSecret,
} from './tink-format.ts';

/** A segment or so on each side: whoever makes the bytes, and whoever takes them, goes on meanwhile. */
const WAITING_BYTES = 1 << 20;

/**
 * A stream that turns plaintext into a crypt in Tink's format (tink-format.ts). It holds one segment at a
 * time.
 * @param key 32 bytes
 */
export function createEncryptor(key: Buffer): Transform {
  return new TinkEncryptor(key);
}

class TinkEncryptor extends Transform {
  readonly #header: Buffer;
  readonly #secret: TinkSecret;
  // A segment is sealed only when more follows or at the end: its nonce says whether it is the last.
  readonly #plaintext = Buffer.allocUnsafe(plaintextCapacity(1));
  #filled = 0;
  #segment = 0;

  constructor(key: Buffer) {
    // What comes in are blocks: more than one of them at a time.
    super({ readableHighWaterMark: WAITING_BYTES, writableHighWaterMark: WAITING_BYTES });
    this.#header = newHeader();
    this.#secret = deriveSecret(key, this.#header);
  }

  override _construct(callback: (error?: Error | null) => void): void {
    this.push(this.#header);
    callback();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    for (let taken = 0; taken < chunk.length;) {
      if (this.#filled === plaintextCapacity(this.#segment)) this.#seal(false);
      const room = plaintextCapacity(this.#segment) - this.#filled;
      const copied = chunk.copy(this.#plaintext, this.#filled, taken, taken + room);
      this.#filled += copied;
      taken += copied;
    }
    callback();
  }

  override _flush(callback: TransformCallback): void {
    this.#seal(true);
    callback();
  }

  #seal(last: boolean): void {
    const nonce = segmentNonce(this.#secret.noncePrefix, this.#segment, last);
    const cipher = createCipheriv('aes-256-gcm', this.#secret.key, nonce, { authTagLength: TAG_BYTES });
    this.push(cipher.update(this.#plaintext.subarray(0, this.#filled)));
    cipher.final();
    this.push(cipher.getAuthTag());
    this.#segment++;
    this.#filled = 0;
  }
}
