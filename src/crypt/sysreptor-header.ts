import { messageOf } from '../core/errors.ts';
import type { ByteSource } from '../core/byte-source.ts';
import { damagedCrypt } from './crypt-errors.ts';

/** The bytes that a crypt of SysReptor begins with. */
export const SYSREPTOR_MAGIC = Buffer.of(0xc2, 0x59, 0x50, 0x54);

/** Far more than the three fields of the header need. */
const MAX_HEADER_BYTES = 4096;
/** What OpenSSL takes as a nonce of GCM. */
const MAX_NONCE_BYTES = 128;

export interface SysreptorHeader {
  /** The header as it stands, magic and closing 00 included: the additional authenticated data. */
  readonly bytes: Buffer;
  readonly nonce: Buffer;
}

/**
 * Reads the header of a SysReptor crypt: magic, a JSON object {"cipher":"AES-GCM","nonce":base64,…}, a 00
 * byte.
 * @throws HoldfastError `damaged` when it is not one
 */
export async function readSysreptorHeader(source: ByteSource): Promise<SysreptorHeader> {
  const start = Buffer.alloc(Math.min(source.size, MAX_HEADER_BYTES));
  const head = start.subarray(0, await source.read(start, 0));
  const end = head.indexOf(0);
  if (end < 0) throw damagedCrypt(source.name, `its header does not end within ${head.length} bytes`);
  const bytes = head.subarray(0, end + 1);
  return { bytes, nonce: parseNonce(source.name, bytes.subarray(SYSREPTOR_MAGIC.length, end)) };
}

function parseNonce(name: string, json: Buffer): Buffer {
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    throw damagedCrypt(name, `its header is not JSON (${messageOf(cause)})`, cause);
  }
  const { cipher, nonce } = (fields ?? {}) as { cipher?: unknown; nonce?: unknown };
  if (cipher !== 'AES-GCM') throw damagedCrypt(name, `its header does not name the cipher AES-GCM`);
  const bytes = Buffer.from(typeof nonce === 'string' ? nonce : '', 'base64');
  if (bytes.length < 1 || bytes.length > MAX_NONCE_BYTES || bytes.toString('base64') !== nonce) {
    throw damagedCrypt(name, `its header has no nonce of 1 to ${MAX_NONCE_BYTES} bytes in base64`);
  }
  return bytes;
}
