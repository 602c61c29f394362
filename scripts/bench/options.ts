import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface BenchOptions {
  /** How much data there is, 1 for the amounts of docs/benchmarks.md. */
  readonly scale: number;
  /** How often each job is measured. */
  readonly rounds: number;
  /** Parts, or sections of them as `part/section`; undefined for all that run unasked. */
  readonly only: readonly string[] | undefined;
}

const USAGE = 'npm run bench -- [--scale 1] [--rounds 5] [--only part,part/section,…]';

/** @throws Error that says how the command is used */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scale: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '5' },
      only: { type: 'string' },
    },
  });
  const scale = Number(values.scale);
  const rounds = Number(values.rounds);
  if (!(scale > 0)) throw new Error(`--scale ${values.scale} is not above 0. ${USAGE}`);
  if (!(Number.isInteger(rounds) && rounds > 0))
    throw new Error(`--rounds ${values.rounds} is none. ${USAGE}`);
  return { scale, rounds, only: values.only?.split(',') };
}
