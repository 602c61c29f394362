import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { neutralEnvironment } from './neutral-environment.ts';

export interface MeasuredResult {
  /** Null when a signal ended it, as when it took too long. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** The most memory it held at a time, in bytes; null where the system does not tell. */
  readonly peakBytes: number | null;
}

const LOOK_MILLISECONDS = 5;

/**
 * Runs a program without input to its end, or kills it when that takes too long. Its memory is read from
 * /proc/pid/status (VmHWM, the highest so far, proc(5)) every few milliseconds.
 */
export async function runMeasured(
  program: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Record<string, string>;
    readonly timeoutMilliseconds?: number;
  } = {},
): Promise<MeasuredResult> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...neutralEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let peakBytes: number | null = null;
  let timedOut = false;
  const look = setInterval(() => (peakBytes = peakOf(child.pid) ?? peakBytes), LOOK_MILLISECONDS);
  const kill = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, options.timeoutMilliseconds ?? 60_000);
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { code, stdout, stderr, timedOut, peakBytes };
  } finally {
    clearInterval(look);
    clearTimeout(kill);
  }
}

function peakOf(pid: number | undefined): number | null {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}
