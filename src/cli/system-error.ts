import { HoldfastError, messageOf, systemCodeOf } from '../core/errors.ts';

/** An error of the system for which nobody found words, in words: it is no bug of ours. Others are given back as they are. */
export function explainSystemError(error: unknown): unknown {
  if (!isSystemError(error)) return error;
  return new HoldfastError('failed', `The system reports an error: ${messageOf(error)}.`, {
    hint: 'Look at what it names: rights, room, limits, the network. --verbose shows where it was met.',
    cause: error,
  });
}

/** Whether an error is one of the file system's, the network's or of another call of the system's. */
function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof HoldfastError) return false;
  return systemCodeOf(error) !== undefined && 'syscall' in error && typeof error.syscall === 'string';
}
