import type { Writable } from 'node:stream';
import { HoldfastError, messageOf, systemCodeOf } from '../core/errors.ts';

/**
 * Writes what was asked for to standard output and waits until it has been taken. A reader that has seen enough
 * (`| head`) is no failure.
 * @throws HoldfastError `failed` when it cannot be written: who redirects a key to a full disk must hear of it
 */
export function writeText(stdout: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      if (!error || systemCodeOf(error) === 'EPIPE') resolve();
      else reject(outputError(error));
    });
  });
}

function outputError(cause: unknown): HoldfastError {
  const what = systemCodeOf(cause) === 'ENOSPC' ? 'the disk is full' : messageOf(cause);
  return new HoldfastError('failed', `Standard output cannot be written: ${what}.`, { cause });
}
