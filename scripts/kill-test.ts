import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BUCKET_FAILURES, OUTAGES } from '../test/crash/bucket-failures.ts';
import {
  canMount,
  type Failure,
  FAILURES,
  failRestore,
  FULL_DISK,
  FULL_DISK_STAND_IN,
} from '../test/crash/failures.ts';
import { countCalls, withFault } from '../test/crash/fault.ts';
import {
  BUCKET_JOBS,
  BUCKET_RESTORE_JOBS,
  type Job,
  JOBS,
  MIXED_JOBS,
  RESTORE,
  RESTORE_JOBS,
  type Settled,
} from '../test/crash/jobs.ts';
import { phasesOf, strikeAt } from '../test/crash/kill.ts';
import { countChanges, killAtRequest } from '../test/crash/requests.ts';
import { Run } from '../test/crash/run.ts';
import { Random } from '../test/support/random.ts';
import { Tally } from '../test/crash/tally.ts';
import { World } from '../test/crash/world.ts';
import { type PostgresServer, startPostgres } from '../test/servers/postgres.ts';
import { findS3, startS3 } from '../test/servers/s3.ts';
import { startFaultProxy } from '../test/support/fault-proxy.ts';
import { runHoldfast } from '../test/support/run-holdfast.ts';

// node scripts/kill-test.ts [--kills N] [--seed N] [--only directories|bucket]: makes the built executable fail at many moments of
// its jobs, lets the next run recover, and looks whether there is all of the old state or all of the new one, and nothing else.

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed);
const kills = Number(values.kills);
const again = `node scripts/kill-test.ts --kills ${kills} --seed ${seed}`;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-kill-test-'));
const server = await startPostgres();
let failures = 0;
try {
  if (values.only !== 'bucket') await testDirectories(server);
  if (values.only !== 'directories') await testBucket(server);
} finally {
  await rm(folder, { recursive: true, force: true });
  await server.stop();
}
console.log(failures === 0 ? 'All as it must be.' : `${failures} are not as they must be. Again: ${again}`);
process.exitCode = failures === 0 ? 0 : 1;

async function testDirectories(postgres: PostgresServer): Promise<void> {
  const large = await World.create(postgres, join(folder, 'large'), 'large');
  await killAtRandomMoments(
    JOBS.map((job) => [large, job]),
    kills,
  );
  if (!canMount) console.log('No small file system can be mounted here: the full disk is only the stand-in.');
  await failWhileItLives(large, [...FAILURES, ...(canMount ? [FULL_DISK] : []), FULL_DISK_STAND_IN]);
  await killBeforeEveryCall(await World.create(postgres, join(folder, 'small'), 'small'));
}

async function testBucket(postgres: PostgresServer): Promise<void> {
  const { reason } = await findS3();
  if (reason !== undefined) return console.log(`No storages in a bucket: ${reason}`);
  const s3 = await startS3();
  try {
    const placement = { s3, inBucket: ['uploads', 'media'] as const };
    const mixed = { s3, inBucket: ['media'] as const };
    const inBucket = await World.create(postgres, join(folder, 'large-bucket'), 'large', placement);
    const inBoth = await World.create(postgres, join(folder, 'large-both'), 'large', mixed);
    const jobs = [
      ...BUCKET_JOBS.map((job): [World, Job] => [inBucket, job]),
      ...MIXED_JOBS.map((job): [World, Job] => [inBoth, job]),
    ];
    console.log('\nStorages in a bucket');
    await killAtRandomMoments(jobs, kills);
    await failWhileItLives(inBucket, BUCKET_FAILURES);
    const small = await World.create(postgres, join(folder, 'small-bucket'), 'small', placement);
    // A restore waits minutes for a service that is gone.
    await Promise.all([failWhileItLives(inBoth, OUTAGES), killAtEveryRequest(small)]);
  } finally {
    await s3.stop();
  }
}

/** SIGKILL, spread evenly over all phases of all jobs, at a random moment of the phase. */
async function killAtRandomMoments(jobs: readonly (readonly [World, Job])[], number: number): Promise<void> {
  console.log(`SIGKILL at ${number} random moments, seed ${seed} (again: ${again})`);
  const random = new Random(seed);
  const moments = [];
  for (const [world, job] of jobs) {
    const run = await Run.begin(world, job.begin);
    for (const [phase, milliseconds] of await phasesOf(job, run))
      moments.push({ world, job, phase, milliseconds });
    await run.remove();
  }
  const tally = new Tally('job: phase');
  for (let kill = 0; kill < number; kill += 1) {
    const { world, job, phase, milliseconds } = moments[kill % moments.length]!;
    const delay = random.fraction() * milliseconds;
    const run = await Run.begin(world, job.begin);
    const struck = await strikeAt(job, run, { phase, delay }, async (child) => void child.kill('SIGKILL'));
    const settled = await job.settle(run);
    judge(`kill ${kill}: ${job.title}, ${struck.phase} + ${delay.toFixed(1)} ms`, job, settled);
    tally.count(`${job.title}: ${struck.phase}`, outcomeOf(settled));
    await run.remove();
  }
  tally.print();
}

/** Signals, servers that go away, connections that are cut, disks that are full: the process itself has to clean up. */
async function failWhileItLives(world: World, ways: readonly Failure[]): Promise<void> {
  const tally = new Tally('failure');
  for (const failure of ways) {
    const run = await Run.begin(world, 'old');
    const { code, phase, settled, stderr } = await failRestore(failure, run);
    const isExpected = failure.codes.includes(code ?? -1);
    const isSettled = settled.recovered === null || failure.mayNeedRecovery;
    judge(failure.title, RESTORE, settled);
    if (!isExpected || !isSettled) {
      failures += 1;
      console.log(`${failure.title}: exit ${code}, in ${phase}, recovered: ${settled.recovered}\n${stderr}`);
    }
    tally.count(failure.title, `exit ${code}: ${outcomeOf(settled)}`);
    await run.remove();
  }
  console.log('\nFailures of a restore --overwrite whose process lives');
  tally.print();
}

/** SIGKILL at each request that changes the bucket, before and after the service carries it out; and at one of the recovery's. */
async function killAtEveryRequest(world: World): Promise<void> {
  const proxy = await startFaultProxy(world.placement!.s3.endpoint);
  for (const job of BUCKET_RESTORE_JOBS) {
    const tally = new Tally('SIGKILL before and after every request that changes the bucket');
    const undisturbed = await Run.begin(world, job.begin);
    const requests = await countChanges(job, undisturbed, proxy);
    await undisturbed.remove();
    for (let kill = 0; kill < 2 * requests; kill += 1) {
      const moment = { at: 1 + (kill >> 1), when: kill % 2 === 0 ? 'before' : 'after' } as const;
      const run = await Run.begin(world, job.begin);
      await killAtRequest(job, run, proxy, moment);
      const recovery: Job = { ...job, arguments: () => ['restore', '--recover'] };
      // Every second recovery is killed too, each at another of its requests, before the one that counts.
      if (moment.at % 2 === 1)
        await killAtRequest(recovery, run, proxy, { ...moment, at: 1 + ((moment.at >> 1) % 12) });
      const settled = await job.settle(run);
      judge(`${job.title}, ${moment.when} request ${moment.at} of ${requests}`, job, settled);
      tally.count(`${job.title} (${requests} requests)`, outcomeOf(settled));
      await run.remove();
    }
    tally.print();
  }
  proxy.close();
}

/** SIGKILL right before each call that changes the file system, one run for each; and the recovery killed in the same way. */
async function killBeforeEveryCall(world: World): Promise<void> {
  console.log('\nSIGKILL before every call that changes the file system');
  const tally = new Tally('job');
  for (const job of RESTORE_JOBS) {
    const undisturbed = await Run.begin(world, job.begin);
    const calls = await countCalls(job, undisturbed);
    await undisturbed.remove();
    for (let at = 1; at <= calls; at += 1) {
      const run = await Run.begin(world, job.begin);
      const killed = withFault(job, { mode: 'kill', at });
      await runHoldfast(killed.arguments(run), killed.options(run));
      await killRecovery(job, run, at);
      const settled = await job.settle(run);
      judge(`${job.title}, call ${at} of ${calls}`, job, settled);
      tally.count(`${job.title} (${calls} calls)`, settled.aftermath);
      await run.remove();
    }
  }
  tally.print();
}

/** Every second recovery is killed too, each at another of its calls, before the one that counts. */
async function killRecovery(job: Job, run: Parameters<Job['settle']>[0], at: number): Promise<void> {
  if (at % 2 === 0) return;
  const recovery: Job = { ...job, arguments: () => ['restore', '--recover'] };
  const killed = withFault(recovery, { mode: 'kill', at: 1 + ((at >> 1) % 20) });
  await runHoldfast(killed.arguments(run), killed.options(run));
}

function judge(what: string, job: Job, { aftermath, details }: Settled): void {
  if (job.allowed.includes(aftermath)) return;
  failures += 1;
  console.log(`${what}: ${aftermath}`);
  for (const detail of details) console.log(`  ${detail}`);
}

function outcomeOf({ aftermath, recovered }: Settled): string {
  return recovered === null ? aftermath : `${aftermath}, ${recovered} by recovery`;
}
