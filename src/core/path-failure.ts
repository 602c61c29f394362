import { systemCodeOf } from './errors.ts';

/** Why a path cannot be followed. */
export interface PathFailure {
  /** A clause without a full stop. */
  readonly why: string;
  readonly hint: string;
}

/** What an error of the system says of a path, where that is the same whatever is to be done there. */
export function pathFailure(error: unknown): PathFailure | undefined {
  switch (systemCodeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return { why: 'permission denied', hint: 'Run as a user who may look there, or check the path.' };
    case 'ELOOP':
      return {
        why: 'its symlinks lead in a circle',
        hint: 'Mend the symlinks on the way, or check the path.',
      };
    case 'ENAMETOOLONG':
      return { why: 'the path, or a name in it, is too long for this system', hint: 'Give a shorter one.' };
    default:
      return undefined;
  }
}
