import { messageOf, systemCodeOf } from '../../core/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'vanished',
  ENOTDIR: 'a directory above it vanished',
  EISDIR: 'is a directory',
  ELOOP: 'became a symlink',
  EEXIST: 'something of that name exists already',
  ENAMETOOLONG: 'path too long for this system',
  EIO: 'input/output error',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'disk quota exceeded',
  EFBIG: 'file too large for the file system',
  EROFS: 'read-only file system',
  EMFILE: 'too many open files',
  EXDEV: 'on another file system',
  EBUSY: 'in use, or a mount point',
  ENOTEMPTY: 'directory not empty',
};

/** A failed system call as one clause without a full stop. */
export function reasonOf(error: unknown): string {
  return REASONS[systemCodeOf(error) ?? ''] ?? messageOf(error);
}

/** True for the failure of a call whose path leads to nothing. */
export function isMissing(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
