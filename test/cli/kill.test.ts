import { join } from 'node:path';
import { differences } from '../../scripts/demo/compare-fingerprints.ts';
import { folderFingerprint } from '../../scripts/demo/folder-fingerprint.ts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { canMount, FAILURES, failRestore, FULL_DISK, FULL_DISK_STAND_IN } from '../crash/failures.ts';
import { countCalls, withFault } from '../crash/fault.ts';
import { FILES_ALONE, JOBS, type Job, RESTORE, RESTORE_JOBS } from '../crash/jobs.ts';
import { phasesOf, strikeAt } from '../crash/kill.ts';
import { Random } from '../support/random.ts';
import { SEED } from '../support/seed.ts';
import { Tally } from '../crash/tally.ts';
import { Run } from '../crash/run.ts';
import { World } from '../crash/world.ts';
import { type PostgresServer, startPostgres } from '../servers/postgres.ts';
import { runHoldfast } from '../support/run-holdfast.ts';
import { folderOfFile } from '../support/temporary-folder.ts';

// A short run of scripts/kill-test.ts, which has many more moments.

const folder = await folderOfFile();
let server: PostgresServer;
let large: World;
let small: World;
beforeAll(async () => {
  server = await startPostgres();
  large = await World.create(server, join(folder, 'large'), 'large');
  small = await World.create(server, join(folder, 'small'), 'small');
});
afterAll(() => server.stop());

async function newRun(world: World, { begin }: Pick<Job, 'begin'>): Promise<Run> {
  const run = await Run.begin(world, begin);
  onTestFinished(() => run.remove());
  return run;
}

describe('SIGKILL', () => {
  it.each(JOBS.map((job, index) => [job.title, job, index] as const))(
    'at random moments of %s leaves all of the old or all of the new',
    async (_title, job, index) => {
      const random = new Random(SEED + index);
      const tally = new Tally(`seed ${SEED}`);
      const phases = [...(await phasesOf(job, await newRun(large, job)))];
      for (const [phase, milliseconds] of phases.filter((_, number) => number % 3 === index % 3)) {
        const run = await newRun(large, job);
        const delay = random.fraction() * milliseconds;
        const struck = await strikeAt(
          job,
          run,
          { phase, delay },
          async (child) => void child.kill('SIGKILL'),
        );
        const { aftermath, recovered, details } = await job.settle(run);
        tally.count(struck.phase, recovered === null ? aftermath : `${aftermath}, ${recovered} by recovery`);
        expect({ phase, delay, aftermath, details }).toMatchObject({
          aftermath: expect.toBeOneOf([...job.allowed]),
        });
      }
      tally.print();
    },
  );

  it.each(RESTORE_JOBS.map((job, index) => [job.title, job, index] as const))(
    'before calls to the file system in %s leaves all of the old or all of the new',
    async (_title, job, index) => {
      const calls = await countCalls(job, await newRun(small, job));
      // The jobs share their protocol: together they are hit before every third call.
      for (let at = 1 + 3 * index; at <= calls; at += 12) {
        const run = await newRun(small, job);
        const killed = withFault(job, { mode: 'kill', at });
        const { signal } = await runHoldfast(killed.arguments(run), killed.options(run));
        expect(signal).toBe('SIGKILL');
        const { aftermath, details } = await job.settle(run);
        expect({ at, aftermath, details }).toMatchObject({ aftermath: expect.toBeOneOf([...job.allowed]) });
      }
    },
  );
});

describe('a restore that fails while it lives', () => {
  const titles =
    /SIGTERM in (load|swap|commit)|SIGINT twice in stage|crash in (load|commit)|cut|gone for good/;
  const failures = [...FAILURES.filter(({ title }) => titles.test(title)), FULL_DISK, FULL_DISK_STAND_IN];

  it.for(failures)(
    'by $title: leaves all of the old or all of the new, and nothing else',
    async (failure, context) => {
      if (failure === FULL_DISK && !canMount) context.skip('no small file system can be mounted here');
      const run = await newRun(large, RESTORE);
      const { code, stderr, settled } = await failRestore(failure, run);
      expect(stderr).not.toMatch(/"stack"|^\s+at /m);
      expect({ code, stderr, settled }).toMatchObject({
        code: expect.toBeOneOf([...failure.codes]),
        settled: {
          aftermath: expect.toBeOneOf([...RESTORE.allowed]),
          ...(failure.mayNeedRecovery ? {} : { recovered: null }),
        },
      });
    },
  );

  it('by a disk that fails from any moment on: leaves all of the old or all of the new', async () => {
    for (let at = 1, isThrough = false; !isThrough; at += 1) {
      const run = await newRun(small, FILES_ALONE);
      const failing = withFault(FILES_ALONE, { mode: 'unsynced', at });
      const { code, stderr } = await runHoldfast(failing.arguments(run), failing.options(run));
      expect(stderr).not.toMatch(/"stack"|^\s+at |bug/m);
      const settled = await FILES_ALONE.settle(run);
      expect({ at, code, stderr, settled }).toMatchObject({
        settled: { aftermath: expect.toBeOneOf([...FILES_ALONE.allowed]) },
      });
      if (code === 0) expect(settled.aftermath).toBe('new');
      console.log(at, code, settled, at === 8 ? stderr : '');
      isThrough = code === 0 && !/i\/o error|input\/output error/.test(stderr);
    }
  });

  it('by a server that is stopped: leaves the files as they were, and nothing else', async () => {
    const doomed = await startPostgres();
    const world = await World.create(doomed, join(folder, 'doomed'), 'small');
    const run = await Run.begin(world, 'old');
    const before = await folderFingerprint(run.targets);
    const struck = await strikeAt(RESTORE, run, { phase: 'load', delay: 0 }, () => doomed.stop());
    expect(struck).toMatchObject({ code: 1, phase: 'load' });
    expect(differences(before, await folderFingerprint(run.targets)).filter(notTheFolderItself)).toEqual([]);
    expect(await run.leftovers()).toEqual([]);
  });
});

/** What is made and removed in a folder changes its time. */
function notTheFolderItself(difference: string): boolean {
  return !difference.startsWith('path .:');
}
