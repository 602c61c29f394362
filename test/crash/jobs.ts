import { createReadStream, existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { runHoldfast, type HoldfastOptions } from '../support/run-holdfast.ts';
import type { Run } from './run.ts';

/** What a crash left, once the next run has recovered: for a restore the state of its targets, for other jobs that of their output. */
export type Aftermath = 'old' | 'new' | 'nothing' | 'a mix' | 'leftovers' | 'recovery failed';

export interface Settled {
  readonly aftermath: Aftermath;
  /** What recovery said it did; null where there was nothing to do. */
  readonly recovered: 'finished' | 'undone' | null;
  /** For what must not be. */
  readonly details: readonly string[];
}

/** A command that is killed, again and again. */
export interface Job {
  readonly title: string;
  readonly begin: 'old' | 'nothing';
  /** What it may leave behind. */
  readonly allowed: readonly Aftermath[];
  arguments(run: Run): string[];
  options(run: Run): HoldfastOptions;
  /** Lets the next run recover, and looks at what there is then. */
  settle(run: Run): Promise<Settled>;
}

const ENCRYPTED = 'new.zip.crypt';

function restoreJob(
  title: string,
  {
    begin = 'old',
    archive = 'new.zip',
    filesAlone = false,
    elsewhere = false,
    jobs = 2,
    options = (run) => run.options(),
  }: Partial<Pick<Job, 'begin' | 'options'>> & {
    readonly archive?: string;
    readonly filesAlone?: boolean;
    readonly elsewhere?: boolean;
    /** With one, the database is restored in one transaction; with more beside the old one, whose place it takes. */
    readonly jobs?: number;
  },
): Job {
  return {
    title,
    begin,
    allowed: begin === 'old' ? ['old', 'new'] : ['nothing', 'new'],
    arguments: (run) => [
      'restore',
      archive === '-' ? '-' : join(run.world.folder, archive),
      ...(filesAlone ? ['--skip-database'] : run.databaseOptions()),
      ...run.places.options(),
      ...(begin === 'old' ? ['--overwrite'] : []),
      '--jobs',
      String(jobs),
    ],
    options,
    settle: (run) => settleRestore(run, filesAlone, elsewhere),
  };
}

/** @param elsewhere whether another container recovers, which knows no more than where the restore went */
async function settleRestore(run: Run, filesAlone: boolean, elsewhere: boolean): Promise<Settled> {
  // Where the way to the server was a broken one, the journal knows only that; and what a load has made beside the database is
  // only looked for where the user says.
  const way = filesAlone ? [] : run.databaseOptions();
  const options = run.options();
  const other = { ...options, env: { ...options.env, XDG_STATE_HOME: join(run.folder, 'elsewhere') } };
  const place = [...run.places.options(), '--from-host', hostname()];
  const recovery = elsewhere ? await recover([...place, ...way], other) : await recover(way, options);
  const { outcome } = recovery;
  if (recovery.code !== 0)
    return { aftermath: 'recovery failed', recovered: outcome, details: [recovery.stderr] };
  if (elsewhere) {
    // The container itself has nothing to do any more, should it come back.
    const second = await recover([], options);
    if (second.code !== 0 || second.outcome !== null)
      return { aftermath: 'recovery failed', recovered: second.outcome, details: [second.stderr] };
  }
  const state = await run.state(filesAlone);
  if (typeof state === 'object') return { aftermath: 'a mix', recovered: outcome, details: state.mix };
  const leftovers = [...(await run.leftovers()), ...(await run.sideDatabases())];
  return { aftermath: leftovers.length > 0 ? 'leftovers' : state, recovered: outcome, details: leftovers };
}

async function recover(
  args: readonly string[],
  options: HoldfastOptions,
): Promise<{
  readonly code: number | null;
  readonly stderr: string;
  readonly outcome: Settled['recovered'];
}> {
  const { code, stderr } = await runHoldfast(['restore', '--recover', '--json', ...args], options);
  const summary = JSON.parse(stderr.trim().split('\n').at(-1) ?? '{}') as {
    recovered?: { outcome: 'finished' | 'undone' }[];
  };
  return { code, stderr, outcome: summary.recovered?.[0]?.outcome ?? null };
}

/** The archive that a job makes is there and whole, or not there; the next backup clears away what is neither. */
function outputJob(
  title: string,
  job: Pick<Job, 'arguments'>,
  output: { location(run: Run): string; next(run: Run): string; exists(run: Run): Promise<boolean> },
): Job {
  return {
    title,
    begin: 'nothing',
    allowed: ['nothing', 'new'],
    options: (run) => run.options(),
    async settle(run) {
      const isThere = await output.exists(run);
      if (isThere) {
        const verified = await runHoldfast(['verify', output.location(run)], run.options());
        if (verified.code !== 0) return { aftermath: 'a mix', recovered: null, details: [verified.stderr] };
      }
      const next = ['backup', output.next(run), '--skip-database'];
      const source = ['--storage', run.world.places.old.locationOf('media')];
      const again = await runHoldfast([...next, ...source], run.options());
      if (again.code !== 0) return { aftermath: 'recovery failed', recovered: null, details: [again.stderr] };
      const leftovers = await run.leftovers();
      const aftermath = leftovers.length > 0 ? 'leftovers' : isThere ? 'new' : 'nothing';
      return { aftermath, recovered: null, details: leftovers };
    },
    ...job,
  };
}

/** A job whose output is a file. */
function fileJob(title: string, job: Pick<Job, 'arguments'>, name: string): Job {
  const location = ({ folder }: Run): string => join(folder, 'out', name);
  return outputJob(title, job, {
    location,
    next: ({ folder }) => join(folder, 'out', 'next.zip'),
    exists: async (run) => existsSync(location(run)),
  });
}

function backup(run: Run, location: string): string[] {
  const { server, places } = run.world;
  const database = ['--database', server.url(run.world.database('new'))];
  return ['backup', location, ...database, ...places.new.options()];
}

const EMPTY = restoreJob('restore, empty target', { begin: 'nothing' });

export const RESTORE = restoreJob('restore --overwrite', {});

export const FILES_ALONE = restoreJob('restore --overwrite, files alone', { filesAlone: true });

const ELSEWHERE = restoreJob('restore --overwrite, recovered elsewhere', { elsewhere: true });

/** Every way of restoring that a crash may hit. */
export const RESTORE_JOBS: readonly Job[] = [
  EMPTY,
  RESTORE,
  restoreJob('restore --overwrite, child by child', {
    // A directory that the process stands in cannot be renamed: its children are.
    options: (run) => ({ ...run.options(), cwd: join(run.targets, 'uploads') }),
  }),
  FILES_ALONE,
  restoreJob('restore --overwrite, in one transaction', { jobs: 1 }),
];

/** The same, and the other jobs that write something. */
export const JOBS: readonly Job[] = [
  ...RESTORE_JOBS,
  restoreJob('restore --overwrite, crypt from stdin', {
    archive: '-',
    options: (run) => ({ ...run.options(), input: createReadStream(join(run.world.folder, ENCRYPTED)) }),
  }),
  fileJob(
    'backup',
    { arguments: (run) => backup(run, join(run.folder, 'out', 'a.zip.crypt')) },
    'a.zip.crypt',
  ),
  fileJob(
    'decrypt',
    {
      arguments: ({ world, folder }) => [
        'decrypt',
        join(world.folder, ENCRYPTED),
        join(folder, 'out', 'a.zip'),
      ],
    },
    'a.zip',
  ),
];

const archiveInBucket = (run: Run, name: string): string =>
  `s3://${run.places.bucket}/${name}?path-style=true`;

/** Every way of restoring where all storages lie in a bucket. */
export const BUCKET_RESTORE_JOBS: readonly Job[] = [EMPTY, RESTORE, FILES_ALONE, ELSEWHERE];

/** The same, and what else writes into a bucket. */
export const BUCKET_JOBS: readonly Job[] = [
  ...BUCKET_RESTORE_JOBS,
  outputJob(
    'backup to a bucket',
    { arguments: (run) => backup(run, archiveInBucket(run, 'a.zip.crypt')) },
    {
      location: (run) => archiveInBucket(run, 'a.zip.crypt'),
      next: (run) => archiveInBucket(run, 'next.zip'),
      exists: (run) => run.places.hasObject('a.zip.crypt'),
    },
  ),
];

/** What is done where one storage lies in a bucket, and the other one is a directory. */
export const MIXED_JOBS: readonly Job[] = [ELSEWHERE, FILES_ALONE].map((job) => ({
  ...job,
  title: `${job.title} (bucket and directory)`,
}));
