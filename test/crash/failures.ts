import { type ChildProcess, execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { type Fault, withFault } from './fault.ts';
import { RESTORE, type Settled } from './jobs.ts';
import { strikeAt } from './kill.ts';
import type { Run } from './run.ts';
import type { World } from './world.ts';

/** A way in which a restore may fail while its process lives. */
export interface Failure {
  readonly title: string;
  /** What it may end with: 0 where the failure came too late to matter. */
  readonly codes: readonly number[];
  /** A phase in which it strikes; null for what strikes by itself. */
  readonly phase: string | null;
  /** Before the job starts. Returns what undoes it when the job has ended. */
  readonly prepare?: (run: Run) => Promise<() => Promise<void>>;
  readonly fault?: Fault;
  readonly strike?: (child: ChildProcess, run: Run) => Promise<void>;
  /** Whether a journal may be left, as nobody could know then what became of the commit. */
  readonly mayNeedRecovery: boolean;
}

/** Text in the middle of the rows of the largest table: of row 10,000. */
const IN_THE_ROWS = '10000\t';

/** The whole message, not a word in some other query. */
const COMMIT = 'COMMIT\0';
/** What comes first in the transaction that ends a load: the old database gets another name. It is tried before the rows, too. */
const SWAP = 'RENAME TO';

const signals = (['SIGINT', 'SIGTERM'] as const).flatMap((signal) =>
  ['verify', 'stage', 'load', 'swap', 'commit', 'remove'].map((phase): Failure => ({
    title: `${signal} in ${phase}`,
    codes: [0, signal === 'SIGINT' ? 130 : 143],
    phase,
    strike: async (child) => void child.kill(signal),
    mayNeedRecovery: false,
  })),
);

const twice = ['stage', 'load', 'swap'].map((phase): Failure => ({
  title: `SIGINT twice in ${phase}`,
  codes: [0, 130],
  phase,
  async strike(child) {
    child.kill('SIGINT');
    // The second counts a second later.
    setTimeout(() => child.kill('SIGINT'), 1_050).unref();
  },
  mayNeedRecovery: true,
}));

const crashes = ['load', 'swap', 'commit'].map((phase): Failure => ({
  title: `server crash in ${phase}`,
  codes: [0, 1],
  phase,
  strike: (_child, run) => crashServer(run.world),
  mayNeedRecovery: true,
}));

const cuts = (
  [
    ['connection cut in the rows', IN_THE_ROWS, true, [1]],
    ['connection cut before COMMIT arrives', COMMIT, true, [1]],
    ['connection cut before the answer to COMMIT', COMMIT, false, [0]],
  ] as const
).map(([title, text, before, codes]): Failure => ({
  title,
  codes,
  phase: null,
  async prepare(run) {
    const proxy: CuttingProxy = await startCuttingProxy(run.world.server.port, text, {
      before,
      once: true,
      after: text === COMMIT ? [IN_THE_ROWS, SWAP] : [],
    });
    run.port = proxy.port;
    return async () => {
      proxy.close();
      run.port = undefined;
    };
  },
  mayNeedRecovery: false,
}));

export const FAILURES: readonly Failure[] = [
  ...signals,
  ...twice,
  ...crashes,
  ...cuts,
  ...[null, 'commit'].map((phase): Failure => ({
    title: `${phase === null ? '' : 'SIGINT and '}server gone for good at the commit`,
    // With a signal that came before the server was asked to commit, nothing is changed.
    codes: phase === null ? [1] : [1, 130],
    phase,
    ...(phase === null ? {} : { strike: async (child) => void child.kill('SIGINT') }),
    async prepare(run) {
      const proxy = await startCuttingProxy(run.world.server.port, COMMIT, {
        before: false,
        once: false,
        after: [IN_THE_ROWS, SWAP],
      });
      run.port = proxy.port;
      return async () => {
        proxy.close();
        // The journal leads to the broken way; the user says where the server is now.
        run.port = run.world.server.port;
      };
    },
    mayNeedRecovery: true,
  })),
];

export const FULL_DISK: Failure = {
  title: 'disk full in stage',
  codes: [1],
  // Once preflight has seen that there is room.
  phase: 'verify',
  prepare: smallDisk,
  async strike(child, run) {
    child.kill('SIGSTOP');
    await fill(join(run.targets, 'filler'));
    child.kill('SIGCONT');
  },
  mayNeedRecovery: false,
};

/** The same on a machine that mounts nothing for us: calls that need room fail from some point on. */
export const FULL_DISK_STAND_IN: Failure = {
  title: 'disk full in stage (stand-in)',
  codes: [1],
  phase: null,
  fault: { mode: 'full', at: 40 },
  mayNeedRecovery: false,
};

/** Makes a restore fail in one way. */
export async function failRestore(
  failure: Failure,
  run: Run,
): Promise<{
  readonly code: number | null;
  readonly phase: string;
  readonly stderr: string;
  readonly settled: Settled;
}> {
  const job = withFault(RESTORE, failure.fault);
  const repair = await failure.prepare?.(run);
  let struck;
  try {
    const moment = { phase: failure.phase ?? 'never', delay: 0 };
    struck = await strikeAt(job, run, moment, async (child) => failure.strike?.(child, run));
  } finally {
    await repair?.();
  }
  await untilItAnswers(run.world);
  return { ...struck, settled: await job.settle(run) };
}

/** Whether this machine lets us mount a small file system. */
export const canMount = process.platform === 'linux' && process.geteuid?.() === 0 && mounts();

function mounts(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Puts the targets on a file system with room for little more than the restore needs. */
async function smallDisk(run: Run): Promise<() => Promise<void>> {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', run.targets]);
  run.onRemove(() => void execFileSync('umount', ['--lazy', run.targets]));
  await run.fillTargets();
  return () => rm(join(run.targets, 'filler'), { force: true });
}

async function fill(path: string): Promise<void> {
  const zeros = Buffer.alloc(1 << 20);
  try {
    await pipeline(
      (function* () {
        for (;;) yield zeros;
      })(),
      createWriteStream(path),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** Ends one of the server's processes as a crash would: it then ends all others, and starts anew from its log. */
async function crashServer({ server }: World): Promise<void> {
  // What was set up for the run is to be on the disk: the server commits without waiting for it.
  await server.query('postgres', 'CHECKPOINT');
  const [row] = await server.query(
    'postgres',
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'background writer'",
  );
  process.kill(Number(row?.['pid']), 'SIGKILL');
}

async function untilItAnswers({ server }: World): Promise<void> {
  for (;;) {
    try {
      await server.query('postgres', 'SELECT');
      return;
    } catch {
      // It starts: each try waits for an answer of the server, be it a refusal.
    }
  }
}
