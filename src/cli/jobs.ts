import { availableParallelism } from 'node:os';
import { HoldfastError } from '../core/errors.ts';
import { redactArgument } from '../core/redact.ts';

const DEFAULT_MAX_JOBS = 4;
const MAX_JOBS = 64;

/** The value of `--jobs`. @throws HoldfastError `usage` for anything but a whole number from 1 to 64 */
export function parseJobs(text: string | undefined): number {
  if (text === undefined) return Math.min(DEFAULT_MAX_JOBS, availableParallelism());
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > MAX_JOBS) {
    throw new HoldfastError(
      'usage',
      `--jobs ${redactArgument(text)} is not a whole number from 1 to ${MAX_JOBS}.`,
    );
  }
  return jobs;
}
