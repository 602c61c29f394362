import { systemCodeOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';

/** What mends a refused access to a path, for people. */
export function mendOf(path: string | Buffer, error: unknown): string {
  switch (systemCodeOf(error)) {
    case 'EROFS':
      return 'mount its file system writable (mount -o remount,rw), or name another directory';
    case 'EPERM':
      return `it is marked immutable: chattr -i ${printable(path)}`;
    default:
      return 'run holdfast as a user who may';
  }
}
