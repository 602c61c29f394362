import type { Reporter } from '../../src/core/reporter.ts';

/** A reporter that keeps what it is told. */
export interface RecordingReporter extends Reporter {
  readonly warnings: string[];
  readonly details: string[];
}

export function recordingReporter(): RecordingReporter {
  const warnings: string[] = [];
  const details: string[] = [];
  return {
    warnings,
    details,
    phase: () => {},
    progress: () => {},
    warning: (message) => warnings.push(message),
    detail: (message) => details.push(message),
  };
}
