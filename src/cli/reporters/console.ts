import type { Reporter } from '../../core/reporter.ts';

/** What a command says at its end, beyond the reporter's events. */
export interface Summary {
  /** For people: a line each. */
  readonly lines: readonly string[];
  /** The same for programs: the fields of the last JSON object. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A reporter that a command ends: with a summary or with an error. */
export interface Console extends Reporter {
  summary(summary: Summary): void;
  /** An error's message, what to do about it, and with `--verbose` where it came from. */
  error(error: unknown, exitCode: number): void;
  /** Takes down what is drawn on the terminal (before a question, at the end). */
  clear(): void;
}
