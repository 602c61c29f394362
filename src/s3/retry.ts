import { setTimeout as sleep } from 'node:timers/promises';

/** How often a request is made in all: about a minute of waiting. */
const MOST_ATTEMPTS = 9;

/** How often when the host has never answered: a mistyped address is told soon. */
const FEW_ATTEMPTS = 3;

/** Waiting doubles from the first to the second, in milliseconds. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 20_000;

/** How long a service may ask to wait, in seconds. */
const LONGEST_ASKED = 60;

export type Patience = 'none' | 'short' | 'long';

/** Whether another attempt is to be made after `attempt` of them. */
export function mayRetry(patience: Patience, attempt: number): boolean {
  return patience !== 'none' && attempt < (patience === 'short' ? FEW_ATTEMPTS : MOST_ATTEMPTS);
}

/**
 * Waits before the next attempt: twice as long each time, with chance in it so that many requests do not come back together.
 * @param asked how many seconds the service asks to wait
 */
export async function pause(attempt: number, asked: number | undefined, signal: AbortSignal): Promise<void> {
  const wait = Math.min(FIRST_WAIT * 2 ** attempt, LONGEST_WAIT);
  const milliseconds = Math.max(wait * (0.5 + Math.random() / 2), Math.min(asked ?? 0, LONGEST_ASKED) * 1000);
  await unlessAborted(sleep(milliseconds, undefined, { signal }), signal);
}

/** Resolves as `work` does, or rejects at once with the signal's reason. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  signal.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
