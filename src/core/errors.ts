/**
 * What kind of failure an error is; the command line maps each to one exit code.
 *
 * - `failed`: the work could not be done; nothing half-made was left behind
 * - `usage`: the call itself is wrong
 * - `damaged`: an archive is damaged, was changed, or is not an archive
 * - `key`: the key is wrong, or one is needed and none was given
 * - `refused`: preflight refused; nothing was touched
 * - `interrupted`: the user or the system asked us to stop
 */
export type ErrorCode = 'failed' | 'usage' | 'damaged' | 'key' | 'refused' | 'interrupted';

export interface ErrorDetails {
  /** What the reader can do about it: one or more sentences, shown below the message. */
  readonly hint?: string;
  /** The original error, kept for `--verbose`. */
  readonly cause?: unknown;
}

/**
 * An expected failure: its message and hint are written for a user and are shown without a stack.
 * Neither may hold a secret; print URLs through `redactUrl`.
 */
export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'HoldfastError';
    this.code = code;
    this.hint = details.hint;
  }
}

/** A failure that left something half-made. It is told as it is, also when a signal was its cause: an interruption cleans up. */
export class Unfinished extends HoldfastError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('failed', message, details);
    this.name = 'Unfinished';
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same as a part of a sentence: without the full stop at its end. */
export function clauseOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, '');
}

/** The system's error code (`ENOENT`, …) of anything that was thrown, if it has one. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
