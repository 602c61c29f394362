const longestAttempt = 5_000;

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
