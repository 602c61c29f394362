import type { Phase, Reporter } from '../../src/core/reporter.ts';

/** A reporter that keeps what it was told. */
export interface RecordingReporter extends Reporter {
  readonly phases: Phase[];
  bytes: number;
}

export function recordingReporter(): RecordingReporter {
  return {
    phases: [],
    bytes: 0,
    phase(phase) {
      this.phases.push(phase);
    },
    progress(bytes) {
      this.bytes += bytes;
    },
    warning: () => undefined,
    detail: () => undefined,
  };
}
