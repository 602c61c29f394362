import { mkdtemp, rm } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { killRunning } from './measure.ts';
import { Report } from './report.ts';

/** What every part of the bench works with. */
export interface Bench {
  /** How much data there is, 1 for the amounts of docs/benchmarks.md. */
  readonly scale: number;
  readonly rounds: number;
  /** A folder for data and archives. */
  readonly scratch: string;
  readonly report: Report;
}

/** A part of the bench. */
export interface Part {
  /** Runs only when it is named. */
  readonly onRequest?: boolean;
  /** What of it can be asked for alone. */
  readonly sections: readonly string[];
  run(bench: Bench, wanted: (section: string) => boolean): Promise<void>;
}

/**
 * Gives a bench with a scratch folder below TMPDIR, which is gone afterwards, when a signal ends the process too. Servers
 * end with the process by themselves.
 */
export async function withBench(
  options: { scale: number; rounds: number },
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const interrupt = (signal: NodeJS.Signals): void => {
    killRunning();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
    for (const each of signals) process.removeListener(each, interrupt);
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, interrupt);
  try {
    await use({ ...options, scratch, report: new Report() });
  } finally {
    for (const signal of signals) process.removeListener(signal, interrupt);
    await rm(scratch, { recursive: true, force: true });
  }
}
