import { HoldfastError, messageOf, systemCodeOf } from './errors.ts';

const SCARCITY = new Set(['EAGAIN', 'ENOMEM', 'ERR_WORKER_INIT_FAILED', 'ERR_WORKER_OUT_OF_MEMORY']);

/** What kept a thread from starting or going on, in words where the system has no more to give. Others are given back as they are. */
export function threadFailure(error: unknown): unknown {
  if (error instanceof HoldfastError || !SCARCITY.has(systemCodeOf(error) ?? '')) return error;
  return new HoldfastError(
    'failed',
    `The system gives holdfast no more threads, or no memory for them: ${messageOf(error)}.`,
    {
      hint: "Raise the limit (ulimit -u, systemd's TasksMax and MemoryMax, a container's pids and memory), or give a smaller --jobs.",
      cause: error,
    },
  );
}
