import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { builtExecutable } from '../../test/support/executable.ts';
import type { Part } from './bench.ts';
import { median } from './measure.ts';
import { markdownTable } from './table.ts';

const ROUNDS = 40;
const WARM_UP = 5;

/** How long `holdfast --version` takes, against Node doing nothing: too short for the clock of GNU time. */
export const startUpPart: Part = {
  sections: [],
  run: async ({ report }) => {
    const commands = {
      '`node -e 0`': [process.execPath, '-e', '0'],
      '`holdfast --version`': [builtExecutable(), '--version'],
    };
    const times = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
    for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
      for (const [name, command] of Object.entries(commands)) {
        const taken = time(command);
        if (round >= WARM_UP) times.get(name)?.push(taken);
      }
    }
    const medians = [...times].map(([name, taken]) => ({ name, milliseconds: median(taken) }));
    const bare = medians[0]?.milliseconds ?? Number.NaN;
    const rows = medians.map(({ name, milliseconds }) => [
      name,
      milliseconds.toFixed(1),
      (milliseconds / bare).toFixed(2),
    ]);
    report.print(`## Start

${markdownTable(['command', 'milliseconds', 'to bare Node'], rows)}

Medians of ${ROUNDS}, in turns.`);
    report.goal({
      text: '`holdfast --version`, to `node -e 0`',
      figure: (medians[1]?.milliseconds ?? Number.NaN) / bare,
      limit: 3,
      may: 'be lower',
      unit: ' ×',
    });
  },
};

/** Milliseconds from the start of the process to its end. */
function time([program = '', ...args]: string[]): number {
  const start = performance.now();
  const { status, error } = spawnSync(program, args, { stdio: 'ignore' });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} ended with exit code ${status}`);
  return performance.now() - start;
}
