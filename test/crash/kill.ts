import type { ChildProcess } from 'node:child_process';
import { startHoldfast } from '../support/run-holdfast.ts';
import type { Job } from './jobs.ts';
import type { Run } from './run.ts';

/** A moment in a job. */
export interface Moment {
  /** As `--json` names it; `start` before the first. */
  readonly phase: string;
  /** How long after the phase began, in milliseconds. */
  readonly delay: number;
}

/** What is done to the process at a moment. */
export type Strike = (child: ChildProcess) => Promise<void>;

/** A timer may be late by as much as a short phase takes: up to so many milliseconds are waited for busily. */
const BUSY_MILLISECONDS = 20;

/** How long each phase of a job takes, in milliseconds and in order, in a run that is left alone. */
export async function phasesOf(job: Job, run: Run): Promise<Map<string, number>> {
  const { child, result } = startHoldfast([...job.arguments(run), '--json'], job.options(run));
  const began = new Map([['start', performance.now()]]);
  onPhase(child, (phase) => {
    if (!began.has(phase)) began.set(phase, performance.now());
  });
  const { code, stderr } = await result;
  const ended = performance.now();
  if (code !== 0) throw new Error(`${job.title}: ${stderr}`);
  const times = [...began.values(), ended];
  return new Map(
    [...began.keys()].map((phase, index) => [phase, (times[index + 1] ?? 0) - (times[index] ?? 0)]),
  );
}

/**
 * Starts a job and strikes it at a moment.
 * @returns the phase it was in then (`ended` when it was over before), how it ended and what it said
 */
export async function strikeAt(
  job: Job,
  run: Run,
  moment: Moment,
  strike: Strike,
): Promise<{
  readonly phase: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}> {
  const { child, result } = startHoldfast([...job.arguments(run), '--json'], job.options(run));
  let current = 'start';
  let hit = 'ended';
  let striking: Promise<void> | undefined;
  const act = (): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    hit = current;
    striking = strike(child);
  };
  const arm = (): void => {
    if (moment.delay > BUSY_MILLISECONDS) {
      setTimeout(act, moment.delay).unref();
      return;
    }
    const until = performance.now() + moment.delay;
    while (performance.now() < until);
    act();
  };
  if (moment.phase === 'start') arm();
  onPhase(child, (phase) => {
    if (phase === current) return;
    current = phase;
    if (phase === moment.phase) arm();
  });
  const { code, signal, stderr } = await result;
  await striking;
  return { phase: hit, code, signal, stderr };
}

/** Calls `listener` for each phase that a process with `--json` enters. */
function onPhase({ stderr }: ChildProcess, listener: (phase: string) => void): void {
  let rest = '';
  stderr?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const phase = /"event":"phase".*?"phase":"([a-z]+)"/.exec(line)?.[1];
      if (phase !== undefined) listener(phase);
    }
  });
}
