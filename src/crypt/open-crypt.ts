import type { ByteSource } from '../core/byte-source.ts';
import { HoldfastError } from '../core/errors.ts';
import { sniffFormat } from './format.ts';
import { openSysreptorCrypt } from './sysreptor-source.ts';
import { openTinkCrypt } from './tink-source.ts';

/**
 * Opens a crypt of either format. The result reads plaintext at any position, gives nothing that is not
 * authenticated, and its `close` closes `source`; when this throws, `source` stays open.
 *
 * A crypt in SysReptor's format is read through once before this returns; one in Tink's only at both ends.
 * @param key 32 bytes
 * @throws HoldfastError `key` when the key is wrong (or the first segment damaged: the two cannot be told
 *   apart), `damaged` when it was cut, extended, changed elsewhere or is no crypt, `usage` when it is a plain
 *   zip
 */
export async function openCrypt(source: ByteSource, key: Buffer): Promise<ByteSource> {
  const format = await sniffFormat(source);
  switch (format) {
    case 'tink':
      return openTinkCrypt(source, key);
    case 'sysreptor':
      return openSysreptorCrypt(source, key);
    case 'zip':
      throw new HoldfastError('usage', `${source.name} is not encrypted.`, { hint: 'Leave the key out.' });
    case 'unknown':
      throw new HoldfastError('damaged', `${source.name} is neither a zip nor an encrypted archive.`, {
        hint: 'Check that it is the right file; if it is, its beginning is damaged.',
      });
  }
}
