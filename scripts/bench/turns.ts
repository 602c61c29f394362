import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { type Command, type Cost, measure, median } from './measure.ts';

/** Something to measure. */
export interface Job {
  readonly id: string;
  readonly title: string;
  /** A program to compare with: when it fails, that is told, and the others go on. */
  readonly isPeer?: boolean;
  /** True for Holdfast as it runs without settings: its memory is held against the goal. */
  readonly isDefault?: boolean;
  /** Makes ready, outside of the time. `folder` is empty, and is removed afterwards. */
  begin(folder: string): Promise<Turn>;
}

/** One run of a job. */
export interface Turn {
  readonly command: Command;
  /** Looks, when the command has succeeded, whether all is there. */
  check?(): Promise<void>;
  /** Removes what is not in the folder, in any case. */
  end?(): Promise<unknown>;
}

/** What one run took. */
export interface TurnCost extends Cost {
  readonly serverSeconds: number | undefined;
  /** What it left in its folder. */
  readonly bytes: number;
}

/** What all runs of some jobs took. */
export class Results {
  readonly jobs: readonly Job[];
  readonly rounds: number;
  /** The machine's load, from all that ran, before each run. */
  readonly load: number;
  readonly #costs: ReadonlyMap<string, readonly TurnCost[]>;

  constructor(jobs: readonly Job[], costs: ReadonlyMap<string, readonly TurnCost[]>, load: number) {
    this.jobs = jobs;
    this.#costs = costs;
    this.rounds = Math.max(...[...costs.values()].map(({ length }) => length));
    this.load = load;
  }

  /** The median of one figure; undefined for a job that was not measured. */
  median(id: string, of: keyof TurnCost): number | undefined {
    const costs = this.#costs.get(id)?.map((cost) => cost[of]) ?? [];
    const known = costs.filter((cost) => cost !== undefined);
    return known.length === 0 ? undefined : median(known);
  }

  /** The highest of all rounds. */
  peakBytes(id: string): number {
    return Math.max(...(this.#costs.get(id) ?? []).map((cost) => cost.peakBytes));
  }

  /** The median, over the rounds, of the time of one job to that of another one in the same round. */
  ratio(id: string, to: string): number | undefined {
    const others = this.#costs.get(to);
    const own = this.#costs.get(id);
    if (own === undefined || others === undefined) return undefined;
    return median(own.map(({ seconds }, round) => seconds / (others[round]?.seconds ?? Number.NaN)));
  }
}

/** How jobs are measured. */
export interface TurnOptions {
  /** CPU seconds of the server so far. */
  readonly serverSeconds?: () => Promise<number>;
  /** Those of the bench unless given. */
  readonly rounds?: number;
  /** Is given the process of GNU time of each run. */
  readonly started?: (pid: number) => void;
}

/** Measures jobs in turns, so that whatever else the machine does meets all of them alike. */
export async function takeTurns(
  bench: Bench,
  jobs: readonly Job[],
  options: TurnOptions = {},
): Promise<Results> {
  const costs = new Map<string, TurnCost[]>();
  const failed = new Set<Job>();
  const loads: number[] = [];
  for (let round = 0; round < (options.rounds ?? bench.rounds); round += 1) {
    for (const job of jobs) {
      if (failed.has(job)) continue;
      loads.push(loadavg()[0] ?? Number.NaN);
      try {
        const cost = await measureTurn(bench, job, options);
        bench.report.progress(`  ${cost.seconds.toFixed(2)} s ${job.title}`);
        costs.set(job.id, [...(costs.get(job.id) ?? []), cost]);
      } catch (error) {
        if (!job.isPeer) throw error;
        failed.add(job);
        costs.delete(job.id);
        bench.report.missing(`${job.title} failed: ${(error as Error).message.trim()}`);
      }
    }
  }
  const measured = jobs.filter((job) => !failed.has(job));
  const results = new Results(measured, costs, median(loads));
  for (const job of measured) if (job.isDefault) bench.report.peak(job.title, results.peakBytes(job.id));
  return results;
}

async function measureTurn(
  bench: Bench,
  job: Job,
  { serverSeconds = async () => Number.NaN, started }: TurnOptions,
): Promise<TurnCost> {
  const folder = join(bench.scratch, 'turn');
  await mkdir(folder);
  let turn: Turn | undefined;
  try {
    turn = await job.begin(folder);
    const before = await serverSeconds();
    const cost = await measure(turn.command, bench.scratch, started);
    const server = (await serverSeconds()) - before;
    await turn.check?.();
    return {
      ...cost,
      serverSeconds: Number.isNaN(server) ? undefined : server,
      bytes: await bytesIn(folder),
    };
  } finally {
    await rm(folder, { recursive: true });
    await turn?.end?.();
  }
}

/** What the files below a folder hold. */
async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}
