import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runHoldfast } from '../support/run-holdfast.ts';
import type { Job } from './jobs.ts';
import type { Run } from './run.ts';

/** What happens to calls that change the file system below the run's folder: see faults.cjs. */
export interface Fault {
  /**
   * `kill`: SIGKILL right before call number `at`; `full`: from it on, what needs room fails; `unsynced`: from call number `at` of
   * those on that bring something to the disk, they fail.
   */
  readonly mode: 'kill' | 'full' | 'unsynced';
  /** From 1. */
  readonly at: number;
}

const SHIM = join(import.meta.dirname, 'faults.cjs');

/** A job whose process meets a fault. */
export function withFault(job: Job, fault: Fault | undefined): Job {
  if (fault === undefined) return job;
  return withEnvironment(job, { CRASH_MODE: fault.mode, CRASH_AT: String(fault.at) });
}

/** How many calls a job makes that a fault can meet. */
export async function countCalls(job: Job, run: Run): Promise<number> {
  const count = join(run.world.folder, 'calls');
  const counted = withEnvironment(job, { CRASH_MODE: 'count', CRASH_COUNT: count });
  const { code, stderr } = await runHoldfast(counted.arguments(run), counted.options(run));
  if (code !== 0) throw new Error(stderr);
  return Number(await readFile(count, 'utf8'));
}

function withEnvironment(job: Job, env: Record<string, string>): Job {
  return {
    ...job,
    options(run) {
      const options = job.options(run);
      const shim = { NODE_OPTIONS: `--require ${JSON.stringify(SHIM)}`, CRASH_UNDER: run.folder };
      return { ...options, env: { ...options.env, ...env, ...shim } };
    },
  };
}
