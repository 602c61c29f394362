/**
 * The counter mode inside AES-GCM, for random access to a message that has been authenticated as a whole.
 * Source: NIST SP 800-38D, sections 6.2 (inc32), 6.3 (multiplication), 6.4 (GHASH) and 7.1 (the pre-counter
 * block J0).
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Bytes of an AES block. */
export const BLOCK_BYTES = 16;

const COUNTER_START = 12;
const COUNTER_VALUES = 2 ** 32;
/** The field's reduction polynomial, R in the standard. */
const REDUCTION = 0xe1n << 120n;

/** The product of two blocks in GHASH's field, blocks being big endian numbers. */
export function multiply(x: bigint, y: bigint): bigint {
  let product = 0n;
  let v = y;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= v;
    v = v & 1n ? (v >> 1n) ^ REDUCTION : v >> 1n;
  }
  return product;
}

/** GHASH's key H: the encryption of a block of zeros. */
export function hashKey(key: Buffer): bigint {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return toNumber(cipher.update(Buffer.alloc(BLOCK_BYTES)));
}

/** J0, the counter block before the one of the first plaintext block, for a nonce of any length. */
export function preCounterBlock(key: Buffer, nonce: Buffer): Buffer {
  if (nonce.length === COUNTER_START) return Buffer.concat([nonce, Buffer.of(0, 0, 0, 1)]);
  const h = hashKey(key);
  let hash = 0n;
  for (let start = 0; start < nonce.length; start += BLOCK_BYTES) {
    const block = Buffer.alloc(BLOCK_BYTES);
    nonce.copy(block, 0, start, start + BLOCK_BYTES);
    hash = multiply(hash ^ toNumber(block), h);
  }
  hash = multiply(hash ^ BigInt(nonce.length * 8), h);
  return Buffer.from(hash.toString(16).padStart(2 * BLOCK_BYTES, '0'), 'hex');
}

/**
 * Decrypts without authenticating.
 * @param j0 from `preCounterBlock`
 * @param firstBlock the number of the ciphertext's first block in the message, from 0
 */
export function decryptBlocks(key: Buffer, j0: Buffer, firstBlock: number, ciphertext: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let done = 0; done < ciphertext.length;) {
    const low = (j0.readUInt32BE(COUNTER_START) + 1 + firstBlock + done / BLOCK_BYTES) % COUNTER_VALUES;
    const counter = Buffer.from(j0);
    counter.writeUInt32BE(low, COUNTER_START);
    // GCM counts in the last 4 bytes alone, where AES-CTR would carry over: a run ends where they wrap
    // around.
    const end = Math.min(ciphertext.length, done + (COUNTER_VALUES - low) * BLOCK_BYTES);
    parts.push(createDecipheriv('aes-256-ctr', key, counter).update(ciphertext.subarray(done, end)));
    done = end;
  }
  return Buffer.concat(parts);
}

function toNumber(block: Buffer): bigint {
  return BigInt(`0x${block.toString('hex')}`);
}
