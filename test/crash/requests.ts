import { startHoldfast } from '../support/run-holdfast.ts';
import type { Fault, FaultProxy, SeenRequest } from '../support/fault-proxy.ts';
import type { Job } from './jobs.ts';
import type { Run } from './run.ts';

/** A moment in the talk of a process with an S3 service: what may be there depends on the requests that change something. */
export interface RequestMoment {
  /** The number of such a request, from 1. */
  readonly at: number;
  /** Whether the service has carried it out. Its answer is lost in both cases. */
  readonly when: 'before' | 'after';
}

/** How many requests a job makes that change a bucket, in a run that is left alone. */
export async function countChanges(job: Job, run: Run, proxy: FaultProxy): Promise<number> {
  proxy.reset();
  run.endpoint = proxy.endpoint;
  const { code, stderr } = await startHoldfast(job.arguments(run), job.options(run)).result;
  if (code !== 0) throw new Error(stderr);
  return proxy.requests.filter((seen) => isChange(seen)).length;
}

/**
 * SIGKILL at a request that changes a bucket. Others may be under way then, and be carried out or not.
 * @returns whether the job got that far
 */
export async function killAtRequest(
  job: Job,
  run: Run,
  proxy: FaultProxy,
  { at, when }: RequestMoment,
): Promise<boolean> {
  proxy.reset();
  run.endpoint = proxy.endpoint;
  const { child, result } = startHoldfast(job.arguments(run), job.options(run));
  const kill = (): boolean => child.kill('SIGKILL');
  const afterAnswer: Fault = {
    kind: 'rewrite',
    body: (text) => {
      kill();
      return text;
    },
  };
  let changes = 0;
  proxy.inject(
    (seen) => {
      if (isChange(seen)) changes += 1;
      return isChange(seen) && changes === at && (when === 'after' || kill());
    },
    when === 'before' ? { kind: 'silence' } : afterAnswer,
  );
  const { signal } = await result;
  proxy.reset();
  return signal === 'SIGKILL';
}

function isChange({ method }: SeenRequest): boolean {
  return method !== 'GET' && method !== 'HEAD';
}
