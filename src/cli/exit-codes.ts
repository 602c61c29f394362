import type { ErrorCode } from '../core/errors.ts';

/** What the process ends with; README.md documents each. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  incomplete: 3,
  damaged: 4,
  key: 5,
  refused: 6,
} as const;

/** The signals that are answered by cleaning up; a process they end exits with 128 plus their number. */
export const SIGNAL_EXIT = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type HandledSignal = keyof typeof SIGNAL_EXIT;

const BY_CODE: Record<Exclude<ErrorCode, 'interrupted'>, number> = {
  failed: EXIT.failed,
  usage: EXIT.usage,
  damaged: EXIT.damaged,
  key: EXIT.key,
  refused: EXIT.refused,
};

/** The exit code for an error; `received` is the signal that interrupted the work, if one did. */
export function exitCodeFor(code: ErrorCode, received: HandledSignal | undefined): number {
  if (received !== undefined) return SIGNAL_EXIT[received];
  return code === 'interrupted' ? SIGNAL_EXIT.SIGINT : BY_CODE[code];
}

export const EXIT_CODES_HELP = `Exit codes:
  0              done, complete
  1              failed; nothing half-made was left behind, or the message tells how to clear it away
  2              wrong usage
  3              backup written but incomplete; the manifest says what is missing
  4              verification failed: the archive is damaged or was changed, or the database of --against differs
  5              wrong key, or the archive is encrypted and no key was given
  6              preflight refused; nothing was touched
  129, 130, 143  interrupted (SIGHUP, SIGINT, SIGTERM); cleaned up first, unless a second signal came`;
