import { createDecipheriv, hash } from 'node:crypto';
import { readExactly, type ByteSource } from '../core/byte-source.ts';
import { release } from '../core/release.ts';
import { damagedCrypt, wrongKey } from './crypt-errors.ts';
import { BLOCK_BYTES, decryptBlocks, preCounterBlock } from './gcm-counter.ts';
import { SegmentReader } from './segment-reader.ts';
import { readSysreptorHeader, type SysreptorHeader } from './sysreptor-header.ts';

const TAG_BYTES = 16;
/** Bytes that are read, checked and decrypted together. A multiple of the cipher's block. */
const PIECE_BYTES = 65_536 * BLOCK_BYTES;
/** The longest message of GCM (NIST SP 800-38D, 5.2.1.1). */
const MAX_MESSAGE_BYTES = 2 ** 36 - 32;

/**
 * The plaintext of a crypt in SysReptor's format: one AES-256-GCM message, which can be authenticated only as
 * a whole. So the whole crypt is read here once; the digest kept of each piece (2 MiB of digests for 64 GiB,
 * the most there can be) proves that what is decrypted later is what was authenticated.
 * @param key 32 bytes
 * @throws HoldfastError `key` when the message does not authenticate, `damaged` for any other fault
 */
export async function openSysreptorCrypt(source: ByteSource, key: Buffer): Promise<ByteSource> {
  const header = await readSysreptorHeader(source);
  const start = header.bytes.length;
  const size = source.size - start - TAG_BYTES;
  if (size < 0) throw damagedCrypt(source.name, `it has ${source.size} bytes, too few for header and tag`);
  if (size > MAX_MESSAGE_BYTES)
    throw damagedCrypt(source.name, 'it is longer than the 64 GiB that AES-GCM allows');

  const digests = await authenticate(source, key, header, size);
  const j0 = preCounterBlock(key, header.nonce);
  return new SegmentReader({
    name: source.name,
    size,
    locate: (position) => ({ segment: Math.floor(position / PIECE_BYTES), offset: position % PIECE_BYTES }),
    load: async (piece) => {
      const first = start + piece * PIECE_BYTES;
      const ciphertext = await readExactly(source, first, Math.min(PIECE_BYTES, start + size - first));
      if (!digests[piece]?.equals(hash('sha256', ciphertext, 'buffer'))) {
        throw damagedCrypt(source.name, `its bytes from ${first} on changed while it was being read`);
      }
      const plaintext = decryptBlocks(key, j0, (piece * PIECE_BYTES) / BLOCK_BYTES, ciphertext);
      release(ciphertext);
      return plaintext;
    },
    expect: (first, end) => source.expect?.(start + first * PIECE_BYTES, start + end * PIECE_BYTES),
    close: () => source.close(),
  });
}

/** Authenticates the message of `size` bytes; returns the SHA-256 of each piece of its ciphertext. */
async function authenticate(
  source: ByteSource,
  key: Buffer,
  header: SysreptorHeader,
  size: number,
): Promise<Buffer[]> {
  const start = header.bytes.length;
  const decipher = createDecipheriv('aes-256-gcm', key, header.nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(header.bytes);
  decipher.setAuthTag(await readExactly(source, start + size, TAG_BYTES));
  source.expect?.(0, source.size);
  const digests: Buffer[] = [];
  for (let done = 0; done < size; done += PIECE_BYTES) {
    const ciphertext = await readExactly(source, start + done, Math.min(PIECE_BYTES, size - done));
    // The plaintext is dropped: nothing of it may be seen before the tag at the end has been checked.
    release(decipher.update(ciphertext));
    digests.push(hash('sha256', ciphertext, 'buffer'));
    release(ciphertext);
  }
  try {
    decipher.final();
  } catch (cause) {
    throw wrongKey(source.name, 'the file', cause);
  }
  return digests;
}
