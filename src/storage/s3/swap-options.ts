import { HoldfastError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { Bucket } from '../../s3/bucket.ts';
import type { Stage } from './stage.ts';

/** Copies that are under way at a time: the service makes them, only the wait is ours. */
export const COPIES = 32;

/**
 * From which size on copies are made in parts, and how large those are: a copy that a killed process had asked for takes effect soon
 * or, as nobody completes it, never. Of parts of this size an object of 5 TiB has less than 10,000.
 */
export const COPY_PARTS = { above: 2 ** 28, bytes: 2 ** 30 };

/** What is needed to swap in what is staged, and to undo that. */
export interface SwapOptions {
  readonly bucket: Bucket;
  readonly stage: Stage;
  /** How the target is called in messages. */
  readonly name: string;
  /** Whether the target may hold something. */
  readonly replace: boolean;
  readonly reporter: Reporter;
  /** Larger objects are copied in parts, in bytes. */
  readonly copyPartsAbove: number;
}

export function noLongerEmpty(name: string): HoldfastError {
  return new HoldfastError(
    'failed',
    `${printable(name)} is no longer empty: something was written into it.`,
    { hint: 'Stop what writes there, then restore again. Nothing was changed.' },
  );
}
