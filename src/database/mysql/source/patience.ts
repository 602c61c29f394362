/** How long to wait for locks that others hold, in milliseconds. */
export interface LockPatience {
  /** After this long the backup fails. */
  readonly giveUpAfter: number;
  /** How often the user is told who holds the lock. */
  readonly reportEvery: number;
}

const USUAL_TIMEOUT = 600_000;
const REPORT_EVERY = 10_000;
const longestAttempt = 5_000;

/** @param timeout how long to wait for a lock, in milliseconds */
export function lockPatience(timeout = USUAL_TIMEOUT): LockPatience {
  return { giveUpAfter: timeout, reportEvery: REPORT_EVERY };
}

/**
 * How long an attempt may wait for its locks, in milliseconds; others have as long again before the next one.
 * @param attempt counted from 1
 */
export function attemptTime(attempt: number, left: number): number {
  return Math.max(0, Math.min(attempt * 1000, longestAttempt, left));
}

/** As lock_wait_timeout has it: whole seconds, at least one. */
export function lockWaitSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}
