/**
 * Tink's streaming AEAD of type AES256_GCM_HKDF_1MB, as pure functions.
 * Source: https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
 *
 * A crypt is a header and then segments. The header and segment 0 together fill one segment's room, each
 * later segment fills one, and the last has what is left. Each segment is sealed by itself with its number
 * and whether it is the last in the nonce, so that none can be changed, moved, left out or added.
 */
import { hkdfSync, randomBytes } from 'node:crypto';

/** Bytes of a crypt that belong to one segment, the header counted with segment 0. */
export const SEGMENT_BYTES = 1_048_576;
/** Bytes of the authentication tag that ends each segment. */
export const TAG_BYTES = 16;
/** First byte of a crypt: the header's length, which serves as the format's mark. */
export const HEADER_BYTES = 40;

const SALT_BYTES = 32;
const SALT_START = 1;
const PREFIX_START = SALT_START + SALT_BYTES;
const PREFIX_BYTES = HEADER_BYTES - PREFIX_START;

/** What seals the segments of one crypt. */
export interface TinkSecret {
  /** AES-256 key, derived for this crypt alone. */
  readonly key: Buffer;
  readonly noncePrefix: Buffer;
}

/** The header of a new crypt, with a fresh salt and nonce prefix. */
export function newHeader(): Buffer {
  return Buffer.concat([Buffer.of(HEADER_BYTES), randomBytes(SALT_BYTES + PREFIX_BYTES)]);
}

/** Derives from the user's key what seals the crypt with this header. */
export function deriveSecret(key: Buffer, header: Buffer): TinkSecret {
  const salt = header.subarray(SALT_START, PREFIX_START);
  return {
    key: Buffer.from(hkdfSync('sha256', key, salt, Buffer.alloc(0), key.length)),
    noncePrefix: header.subarray(PREFIX_START, HEADER_BYTES),
  };
}

/**
 * The nonce of segment `segment`: prefix, number in 4 bytes big endian, 1 for the last and 0 for any other.
 */
export function segmentNonce(noncePrefix: Buffer, segment: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(PREFIX_BYTES + 5);
  noncePrefix.copy(nonce);
  nonce.writeUInt32BE(segment, PREFIX_BYTES);
  nonce.writeUInt8(last ? 1 : 0, PREFIX_BYTES + 4);
  return nonce;
}

/** Bytes of plaintext that fill segment `segment`. */
export function plaintextCapacity(segment: number): number {
  return SEGMENT_BYTES - TAG_BYTES - (segment === 0 ? HEADER_BYTES : 0);
}

/** How many segments a crypt of `cryptBytes` bytes has. */
export function segmentCount(cryptBytes: number): number {
  return Math.max(1, Math.ceil(cryptBytes / SEGMENT_BYTES));
}

/** Where segment `segment` of a crypt of `cryptBytes` bytes starts and ends (exclusive), its tag included. */
export function segmentRange(segment: number, cryptBytes: number): { start: number; end: number } {
  return {
    start: segment === 0 ? HEADER_BYTES : segment * SEGMENT_BYTES,
    end: Math.min((segment + 1) * SEGMENT_BYTES, cryptBytes),
  };
}

/** Bytes of plaintext in a crypt of `cryptBytes` bytes. */
export function plaintextBytes(cryptBytes: number): number {
  return cryptBytes - HEADER_BYTES - segmentCount(cryptBytes) * TAG_BYTES;
}

/** The segment that holds the plaintext's byte `position`, and where in that segment's plaintext it is. */
export function locatePlaintext(position: number): { segment: number; offset: number } {
  // Seen as if the header were plaintext, every segment holds the same number of bytes.
  const shifted = position + HEADER_BYTES;
  const segment = Math.floor(shifted / plaintextCapacity(1));
  const offset = shifted % plaintextCapacity(1);
  return { segment, offset: segment === 0 ? offset - HEADER_BYTES : offset };
}
