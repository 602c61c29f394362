import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { neutralEnvironment } from '../../test/support/neutral-environment.ts';
import { runTool, tool } from '../../test/support/tools.ts';

/** A program with its arguments, and what is added to its environment. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a process took. */
export interface Cost {
  readonly seconds: number;
  /** User and system time, without that of servers. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/**
 * Runs a command to its end under GNU time, which alone tells the most memory that it held.
 * @param scratch a folder for what time writes
 * @throws Error when the command fails, with what it printed
 */
export async function measure({ program, args, env }: Command, scratch: string): Promise<Cost> {
  const time = await tool('time');
  if (time.reason !== undefined) throw new Error(`${time.reason}: on Debian, apt-get install time`);
  const output = join(scratch, 'time.txt');
  const timed = ['--quiet', '--output', output, '--format', '%e %U %S %M', program, ...args];
  await runTool(time.value, timed, { env: { ...neutralEnvironment(), ...env } });
  const [seconds = 0, user = 0, system = 0, kibibytes = 0] = (await readFile(output, 'latin1'))
    .trim()
    .split(' ')
    .map(Number);
  return { seconds, cpuSeconds: user + system, peakBytes: kibibytes * 1024 };
}

/** The middle one; of two in the middle the higher. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
