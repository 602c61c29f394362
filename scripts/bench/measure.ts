import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { builtExecutable } from '../../test/support/executable.ts';
import { neutralEnvironment } from '../../test/support/neutral-environment.ts';
import { tool } from '../../test/support/tools.ts';

/** A program with its arguments, and what is added to its environment. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes what the program writes to standard output. */
  readonly output?: Writable;
}

/** What a process took. */
export interface Cost {
  readonly seconds: number;
  /** User and system time of the program and all it started, without that of servers. */
  readonly cpuSeconds: number;
  /** The most memory that one process held: that of the largest where there are several. */
  readonly peakBytes: number;
}

/** Holdfast's built executable; journals of restores are kept out of the home folder. */
export function holdfast(scratch: string, env: Command['env'], ...args: string[]): Command {
  return {
    program: builtExecutable(),
    args: [...args, '--quiet'],
    env: { XDG_STATE_HOME: join(scratch, 'state'), ...env },
  };
}

/** A line of a shell, which fails when any program of it does. Values go through `env`, or `args` from $0 on. */
export function shell(line: string, env: Command['env'] = {}, args: readonly string[] = []): Command {
  return { program: 'bash', args: ['-c', `set -euo pipefail; ${line}`, ...args], env };
}

const KEPT_CHARACTERS = 4000;
const running = new Set<number>();

/**
 * Runs a command to its end under GNU time, which alone tells the most memory that it held.
 * @param scratch a folder for what time writes
 * @param started is given the process of time, whose child the program is
 * @throws Error when the command fails, with the end of what it printed
 */
export async function measure(
  { program, args, env, output }: Command,
  scratch: string,
  started: (pid: number) => void = () => undefined,
): Promise<Cost> {
  const time = await tool('time');
  if (time.reason !== undefined) throw new Error(`${time.reason}: on Debian, apt-get install time`);
  const figures = join(scratch, 'time.txt');
  const timed = ['--quiet', '--output', figures, '--format', '%e %U %S %M', program, ...args];
  const child = spawn(time.value, timed, {
    env: { ...neutralEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that killRunning reaches all of it.
    detached: true,
  });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  if (child.pid !== undefined) {
    running.add(child.pid);
    started(child.pid);
  }
  let printed = '';
  const keep = (stream: Readable): unknown =>
    stream.on('data', (data: Buffer) => (printed = (printed + data.toString()).slice(-KEPT_CHARACTERS)));
  keep(child.stderr);
  if (output === undefined) keep(child.stdout);
  try {
    const [[code, signal]] = await Promise.all([
      ended,
      output === undefined ? undefined : pipeline(child.stdout, output),
    ]);
    if (code !== 0)
      throw new Error(`${program} ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}: ${printed}`);
  } finally {
    if (child.pid !== undefined) running.delete(child.pid);
  }
  const [seconds = 0, user = 0, system = 0, kibibytes = 0] = (await readFile(figures, 'latin1'))
    .trim()
    .split(' ')
    .map(Number);
  return { seconds, cpuSeconds: user + system, peakBytes: kibibytes * 1024 };
}

/** Kills what is measured now, with all it started. */
export function killRunning(): void {
  for (const pid of running) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The middle one; of two in the middle the higher. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
