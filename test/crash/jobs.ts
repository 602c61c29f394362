import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { runHoldfast, type HoldfastOptions } from '../support/run-holdfast.ts';
import type { Run } from './world.ts';

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
    options = (run) => run.options(),
  }: Partial<Pick<Job, 'begin' | 'options'>> & { readonly archive?: string; readonly filesAlone?: boolean },
): Job {
  return {
    title,
    begin,
    allowed: begin === 'old' ? ['old', 'new'] : ['nothing', 'new'],
    arguments: (run) => [
      'restore',
      archive === '-' ? '-' : join(run.world.folder, archive),
      ...(filesAlone ? ['--skip-database'] : run.databaseOptions()),
      ...run.storageOptions(),
      ...(begin === 'old' ? ['--overwrite'] : []),
    ],
    options,
    settle: (run) => settleRestore(run, filesAlone),
  };
}

async function settleRestore(run: Run, filesAlone: boolean): Promise<Settled> {
  // Where the way to the server was a broken one, the journal knows only that.
  const way = run.port === undefined ? [] : run.databaseOptions();
  const recovery = await runHoldfast(['restore', '--recover', '--json', ...way], run.options());
  const summary = JSON.parse(recovery.stderr.trim().split('\n').at(-1) ?? '{}') as {
    recovered?: { outcome: 'finished' | 'undone' }[];
  };
  const recovered = summary.recovered?.[0]?.outcome ?? null;
  if (recovery.code !== 0) return { aftermath: 'recovery failed', recovered, details: [recovery.stderr] };
  const state = await run.state(filesAlone);
  if (typeof state === 'object') return { aftermath: 'a mix', recovered, details: state.mix };
  const leftovers = await run.leftovers();
  return { aftermath: leftovers.length > 0 ? 'leftovers' : state, recovered, details: leftovers };
}

/** The archive that a job makes is there and whole, or not there; the next backup clears away what is neither. */
function outputJob(title: string, job: Pick<Job, 'arguments'>, output: string): Job {
  return {
    title,
    begin: 'nothing',
    allowed: ['nothing', 'new'],
    options: (run) => run.options(),
    async settle(run) {
      const path = join(run.folder, 'out', output);
      const isThere = existsSync(path);
      if (isThere) {
        const verified = await runHoldfast(['verify', path], run.options());
        if (verified.code !== 0) return { aftermath: 'a mix', recovered: null, details: [verified.stderr] };
      }
      const next = ['backup', join(run.folder, 'out', 'next.zip'), '--skip-database'];
      const source = ['--storage', join(run.world.folder, 'old', 'media')];
      const again = await runHoldfast([...next, ...source], run.options());
      if (again.code !== 0) return { aftermath: 'recovery failed', recovered: null, details: [again.stderr] };
      const leftovers = await run.leftovers();
      const aftermath = leftovers.length > 0 ? 'leftovers' : isThere ? 'new' : 'nothing';
      return { aftermath, recovered: null, details: leftovers };
    },
    ...job,
  };
}

export const RESTORE = restoreJob('restore --overwrite', {});

export const FILES_ALONE = restoreJob('restore --overwrite, files alone', { filesAlone: true });

/** Every way of restoring that a crash may hit. */
export const RESTORE_JOBS: readonly Job[] = [
  restoreJob('restore, empty target', { begin: 'nothing' }),
  RESTORE,
  restoreJob('restore --overwrite, child by child', {
    // A directory that the process stands in cannot be renamed: its children are.
    options: (run) => ({ ...run.options(), cwd: join(run.targets, 'uploads') }),
  }),
  FILES_ALONE,
];

/** The same, and the other jobs that write something. */
export const JOBS: readonly Job[] = [
  ...RESTORE_JOBS,
  restoreJob('restore --overwrite, crypt from stdin', {
    archive: '-',
    options: (run) => ({ ...run.options(), input: createReadStream(join(run.world.folder, ENCRYPTED)) }),
  }),
  outputJob(
    'backup',
    {
      arguments: ({ world, folder }) => [
        'backup',
        join(folder, 'out', 'a.zip.crypt'),
        '--database',
        world.server.url(world.database('new')),
        '--storage',
        join(world.folder, 'new', 'uploads'),
        '--storage',
        join(world.folder, 'new', 'media'),
      ],
    },
    'a.zip.crypt',
  ),
  outputJob(
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
