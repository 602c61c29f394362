import { join } from 'node:path';
import type { Bench, Part } from './bench.ts';
import { holdfast, measure, median } from './measure.ts';
import { type BenchServer, fillPostgres, startBenchServer } from './postgres-data.ts';
import { markdownTable } from './table.ts';
import { type ThreadTimes, watchThreads } from './thread-times.ts';
import { type Job, takeTurns } from './turns.ts';
import { benchWideMachine } from './wide-machine.ts';

const SHARES = [0.25, 0.5, 1];
const TARGET = 'restored';

/** How time grows with the data, and where it goes with more jobs. */
export const scalePart: Part = {
  sections: ['data', 'jobs', 'wide'],
  run: async (bench, wanted) => {
    const server = await startBenchServer();
    try {
      const shares = wanted('data') ? SHARES : SHARES.slice(-1);
      if (wanted('data') || wanted('jobs'))
        for (const share of shares) {
          bench.report.progress(`Filling PostgreSQL with ${share} of the data`);
          await fillPostgres(server, databaseOf(share), bench.scale * share);
          const args = ['backup', archiveOf(bench, share), '--database', server.socketUrl(databaseOf(share))];
          await measure(holdfast(bench.scratch, {}, ...args), bench.scratch);
        }
      bench.report.print('## Scale');
      if (wanted('data')) await benchData(bench, server);
      if (wanted('jobs')) await benchJobs(bench, server);
      if (wanted('wide')) await benchWideMachine(bench, server);
    } finally {
      await server.stop();
    }
  },
};

const databaseOf = (share: number): string => `app_${share * 100}`;
const archiveOf = (bench: Bench, share: number): string => join(bench.scratch, `${databaseOf(share)}.zip`);

function backupOf(bench: Bench, server: BenchServer, share: number, args: readonly string[]): Job['begin'] {
  const url = server.socketUrl(databaseOf(share));
  return async (folder) => ({
    command: holdfast(bench.scratch, {}, 'backup', join(folder, 'a.zip'), '--database', url, ...args),
  });
}

function restoreOf(bench: Bench, server: BenchServer, share: number, args: readonly string[]): Job['begin'] {
  return async () => {
    await server.createDatabase(TARGET);
    await server.query('postgres', 'CHECKPOINT');
    const database = server.socketUrl(TARGET);
    return {
      command: holdfast(
        bench.scratch,
        {},
        'restore',
        archiveOf(bench, share),
        '--database',
        database,
        ...args,
      ),
      end: () => server.dropDatabase(TARGET),
    };
  };
}

async function benchData(bench: Bench, server: BenchServer): Promise<void> {
  const jobs = SHARES.flatMap((share) => [
    { id: `backup ${share}`, title: `backup of ${share}`, begin: backupOf(bench, server, share, []) },
    { id: `restore ${share}`, title: `restore of ${share}`, begin: restoreOf(bench, server, share, []) },
  ]);
  const results = await takeTurns(bench, jobs);
  const seconds = (id: string): number => results.median(id, 'seconds') ?? Number.NaN;
  const growth = (kind: string, share: number): string =>
    (seconds(`${kind} ${share}`) / seconds(`${kind} 1`) / share).toFixed(2);
  const rows = SHARES.map((share) => [
    String(share),
    seconds(`backup ${share}`).toFixed(2),
    growth('backup', share),
    seconds(`restore ${share}`).toFixed(2),
    growth('restore', share),
  ]);
  bench.report.print(`### Time against data

A database, a half and a quarter of it. Per data: 1 where the time is in proportion to the data, above 1 where less data takes more
time than its share.

${markdownTable(['data', 'backup, seconds', 'per data', 'restore, seconds', 'per data'], rows)}

Medians of ${results.rounds}, in turns.`);
}

/** What one run took, by who took it. */
interface Shares extends ThreadTimes {
  readonly seconds: number;
  readonly server: number;
}

async function benchJobs(bench: Bench, server: BenchServer): Promise<void> {
  const kinds = [
    ['backup', backupOf],
    ['restore', restoreOf],
  ] as const;
  const settings = kinds.flatMap(([kind, begin]) =>
    ['1', '2', '4'].map((number) => ({
      title: `${kind} --jobs ${number}`,
      begin: begin(bench, server, 1, ['--jobs', number]),
    })),
  );
  const taken = new Map<string, Shares[]>();
  for (let round = 0; round < bench.rounds; round += 1)
    for (const { title, begin } of settings)
      taken.set(title, [...(taken.get(title) ?? []), await measureShares(bench, server, title, begin)]);
  const rows = [...taken].map(([title, runs]) => [
    title,
    ...(['seconds', 'main', 'pool', 'v8', 'server'] as const).map((of) =>
      median(runs.map((run) => run[of])).toFixed(2),
    ),
  ]);
  bench.report.print(`### Where the time goes

CPU seconds of Holdfast's main thread, of its thread pool (compression, checksums, encryption), of V8's own threads (garbage
collection, compilation), and of the server.

${markdownTable(['job', 'seconds', 'main thread', 'thread pool', 'V8', 'server'], rows)}

Medians of ${bench.rounds}, in turns.`);
}

async function measureShares(
  bench: Bench,
  server: BenchServer,
  title: string,
  begin: Job['begin'],
): Promise<Shares> {
  let threads: (() => ThreadTimes) | undefined;
  const job: Job = { id: 'job', title, begin };
  const results = await takeTurns(bench, [job], {
    rounds: 1,
    started: (pid) => (threads = watchThreads(pid)),
    serverSeconds: server.cpuSeconds,
  });
  const times = threads?.() ?? { main: Number.NaN, pool: Number.NaN, v8: Number.NaN };
  return {
    ...times,
    seconds: results.median('job', 'seconds') ?? Number.NaN,
    server: results.median('job', 'serverSeconds') ?? Number.NaN,
  };
}
