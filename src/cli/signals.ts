import { HoldfastError } from '../core/errors.ts';
import { SIGNAL_EXIT, type HandledSignal } from './exit-codes.ts';

/** How long the work may take to clean up after a signal, in milliseconds, before the process leaves all the same. */
const CLEAN_UP_LIMIT_MS = 30_000;

/** A second signal counts only so long after the first: a key held down or pressed twice is not meant as two. */
const SECOND_AFTER_MS = 1_000;

export interface SignalWatch {
  /** Aborted with an `interrupted` HoldfastError at the first signal. */
  readonly signal: AbortSignal;
  /** The signal that came, if one did. */
  received(): HandledSignal | undefined;
  stop(): void;
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that the work cleans up and ends; one that comes a second
 * later, or cleaning up that takes too long, leaves at once.
 * @param say told a line for the user when the first signal comes
 * @param leave ends the process with an exit code
 */
export function watchSignals(say: (line: string) => void, leave: (code: number) => void): SignalWatch {
  const controller = new AbortController();
  let received: HandledSignal | undefined;
  let receivedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const leaveNow = (signal: HandledSignal): void => {
    say(
      'Left before everything was cleaned up. What a restore has left: holdfast restore --recover; what a backup has left, the next one to the same place removes',
    );
    leave(SIGNAL_EXIT[signal]);
  };
  const onSignal = (name: NodeJS.Signals): void => {
    const signal = name as HandledSignal;
    if (received !== undefined) {
      if (performance.now() - receivedAt >= SECOND_AFTER_MS) leaveNow(signal);
      return;
    }
    received = signal;
    receivedAt = performance.now();
    say(
      signal === 'SIGINT'
        ? 'Interrupted; cleaning up. Press Ctrl-C again to leave at once.'
        : `${signal}; cleaning up.`,
    );
    timer = setTimeout(() => leaveNow(signal), CLEAN_UP_LIMIT_MS);
    timer.unref();
    controller.abort(
      new HoldfastError('interrupted', `Interrupted by ${signal}.`, { hint: 'Nothing was left behind.' }),
    );
  };
  const names = Object.keys(SIGNAL_EXIT) as HandledSignal[];
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    received: () => received,
    stop: () => {
      clearTimeout(timer);
      for (const name of names) process.off(name, onSignal);
    },
  };
}
