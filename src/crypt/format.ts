import type { ByteSource } from '../core/byte-source.ts';
import { SYSREPTOR_MAGIC } from './sysreptor-header.ts';
import { HEADER_BYTES } from './tink-format.ts';

/** What a file is by its first bytes: a plain archive, a crypt of one of two formats, or none of them. */
export type Format = 'zip' | 'tink' | 'sysreptor' | 'unknown';

/** A zip begins with its first entry, or, when it has none, with its end record. */
const ZIP_MAGICS = [Buffer.from('PK\x03\x04', 'latin1'), Buffer.from('PK\x05\x06', 'latin1')];

/**
 * Tells the format by the first four bytes. Tink has one byte as its mark, so `tink` is a guess until a key
 * opens it.
 */
export async function sniffFormat(source: ByteSource): Promise<Format> {
  const buffer = Buffer.alloc(4);
  const start = buffer.subarray(0, await source.read(buffer, 0));
  if (ZIP_MAGICS.some((magic) => magic.equals(start))) return 'zip';
  if (SYSREPTOR_MAGIC.equals(start)) return 'sysreptor';
  return start[0] === HEADER_BYTES ? 'tink' : 'unknown';
}
