import { isUtf8 } from 'node:buffer';
import type { Fitting, Misfit } from '../storage.ts';
import { ownNameOf } from './keys.ts';
import { MOST_KEY_BYTES } from './stage.ts';

/** What S3 takes for one object: 5 TiB. */
const MOST_BYTES = 5 * 2 ** 40;

/** Holds items against what can be an object below a prefix. */
export function s3Fitting(prefix: string): Fitting {
  const prefixBytes = Buffer.byteLength(prefix);
  return ({ type, path, size, mode }) => {
    if (type === 'symlink') return lost('a storage in S3 has no symlinks');
    if (type === 'directory') return changed('a storage in S3 has no directories: only files are restored');
    if (!isUtf8(path)) return lost('its name is not UTF-8, and keys in S3 are');
    if (path.length === 0) return lost('it has no name');
    if (ownNameOf(path.toString()) !== null) return lost('restores use that name themselves');
    if (prefixBytes + path.length > MOST_KEY_BYTES)
      return lost(`with the prefix its key has more than the ${MOST_KEY_BYTES} bytes that S3 takes`);
    if (size > MOST_BYTES) return lost('S3 takes no object larger than 5 TiB');
    return mode === undefined ? null : changed('a storage in S3 has no modes, owners and times of files');
  };
}

function lost(reason: string): Misfit {
  return { isHeld: false, reason };
}

function changed(reason: string): Misfit {
  return { isHeld: true, reason };
}
