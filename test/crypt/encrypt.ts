import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createEncryptor } from '../../src/crypt/tink-encryptor.ts';
import { readRange, type ByteSource } from '../../src/core/byte-source.ts';

/** The crypt of `plaintext`, written into the encryptor in chunks of `chunkBytes`. */
export async function encrypt(key: Buffer, plaintext: Buffer, chunkBytes = 65_536): Promise<Buffer> {
  const chunks = function* (): Generator<Buffer> {
    for (let at = 0; at < plaintext.length; at += chunkBytes) yield plaintext.subarray(at, at + chunkBytes);
  };
  return buffer(Readable.from(chunks(), { objectMode: false }).pipe(createEncryptor(key)));
}

/** All of `source`, read in order in chunks of `chunkBytes`. */
export async function readAll(source: ByteSource, chunkBytes?: number): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(readRange(source, 0, source.size, chunkBytes)));
}

/** Bytes that repeat in no power of two, so that a misplaced segment shows. */
export function pattern(bytes: number): Buffer {
  const result = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at++) result[at] = (at * 31 + (at >>> 8) * 7 + (at >>> 16) * 13) & 0xff;
  return result;
}
