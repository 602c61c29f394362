import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { type BytePath, toBytes } from './paths.ts';
import { isMissing, reasonOf } from './reason.ts';

/**
 * Does something to a path.
 * @throws HoldfastError `failed` that says what could not be done, to which path, and why
 */
export async function attempt<T>(verb: string, path: BytePath, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    const reason = isMissing(error) ? 'no such directory' : reasonOf(error);
    throw new HoldfastError('failed', `cannot ${verb} ${printable(toBytes(path))}: ${reason}`, {
      cause: error,
    });
  }
}
