/** How long to wait for locks that others hold, in milliseconds. */
export interface LockPatience {
  /** After this long the backup fails. */
  readonly giveUpAfter: number;
  /** How often the user is told who holds the lock. */
  readonly reportEvery: number;
}

/** How long a lock is waited for unless the user says, in milliseconds. */
const USUAL_TIMEOUT = 600_000;
const REPORT_EVERY = 10_000;

/** @param timeout how long to wait for a lock, in milliseconds */
export function lockPatience(timeout = USUAL_TIMEOUT): LockPatience {
  return { giveUpAfter: timeout, reportEvery: REPORT_EVERY };
}
