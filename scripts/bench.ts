import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { executableName, hostPlatform } from './platforms.ts';

// npm run bench: how long `holdfast --version` takes, against Node doing nothing.

const ROUNDS = 40;
const WARM_UP = 5;

const executable = join(import.meta.dirname, '..', 'dist', executableName(hostPlatform()));
const commands = {
  'node -e 0': [process.execPath, '-e', '0'],
  'holdfast --version': [executable, '--version'],
} satisfies Record<string, string[]>;

/** Milliseconds from the start of the process to its end. */
function time([program, ...args]: string[]): number {
  const start = performance.now();
  const { status, error } = spawnSync(program ?? '', args, { stdio: 'ignore' });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} ended with exit code ${status}`);
  return performance.now() - start;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

// In turns, so that whatever else the machine does meets all of them alike.
const times = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
for (let round = 0; round < WARM_UP + ROUNDS; round++) {
  for (const [name, command] of Object.entries(commands)) {
    const taken = time(command);
    if (round >= WARM_UP) times.get(name)?.push(taken);
  }
}

process.stdout.write(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.versions.node}\n`);
const medians = [...times].map(([name, taken]) => ({ name, milliseconds: median(taken) }));
for (const { name, milliseconds } of medians) {
  const ratio = milliseconds / (medians[0]?.milliseconds ?? Number.NaN);
  process.stdout.write(
    `${name.padEnd(20)} ${milliseconds.toFixed(1).padStart(7)} ms ${ratio.toFixed(2).padStart(6)}\n`,
  );
}
