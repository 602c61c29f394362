import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { canMount, FAILURES, failRestore, FULL_DISK, FULL_DISK_STAND_IN } from '../test/crash/failures.ts';
import { countCalls, withFault } from '../test/crash/fault.ts';
import { JOBS, RESTORE_JOBS, type Job, type Settled } from '../test/crash/jobs.ts';
import { phasesOf, strikeAt } from '../test/crash/kill.ts';
import { Random } from '../test/support/random.ts';
import { Tally } from '../test/crash/tally.ts';
import { World } from '../test/crash/world.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { runHoldfast } from '../test/support/run-holdfast.ts';

// node scripts/kill-test.ts [--kills N] [--seed N]: makes the built executable fail at many moments of its jobs, lets the next
// run recover, and looks whether there is all of the old state or all of the new one, and nothing else.

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
});
const seed = Number(values.seed);
const again = `node scripts/kill-test.ts --kills ${values.kills} --seed ${seed}`;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-kill-test-'));
const server = await startPostgres();
let failures = 0;
try {
  const large = await World.create(server, join(folder, 'large'), 'large');
  await killAtRandomMoments(large, Number(values.kills));
  await failWhileItLives(large);
  await killBeforeEveryCall(await World.create(server, join(folder, 'small'), 'small'));
} finally {
  await rm(folder, { recursive: true, force: true });
  await server.stop();
}
console.log(failures === 0 ? 'All as it must be.' : `${failures} are not as they must be. Again: ${again}`);
process.exitCode = failures === 0 ? 0 : 1;

/** SIGKILL, spread evenly over all phases of all jobs, at a random moment of the phase. */
async function killAtRandomMoments(world: World, kills: number): Promise<void> {
  console.log(`SIGKILL at ${kills} random moments, seed ${seed} (again: ${again})`);
  const random = new Random(seed);
  const moments = [];
  for (const job of JOBS) {
    const run = await world.newRun(job.begin);
    for (const [phase, milliseconds] of await phasesOf(job, run)) moments.push({ job, phase, milliseconds });
    await run.remove();
  }
  const tally = new Tally('job: phase');
  for (let kill = 0; kill < kills; kill += 1) {
    const { job, phase, milliseconds } = moments[kill % moments.length]!;
    const delay = random.fraction() * milliseconds;
    const run = await world.newRun(job.begin);
    const struck = await strikeAt(job, run, { phase, delay }, async (child) => void child.kill('SIGKILL'));
    const settled = await job.settle(run);
    judge(`kill ${kill}: ${job.title}, ${struck.phase} + ${delay.toFixed(1)} ms`, job, settled);
    tally.count(`${job.title}: ${struck.phase}`, outcomeOf(settled));
    await run.remove();
  }
  tally.print();
}

/** Signals, servers that go away, connections that are cut, disks that are full: the process itself has to clean up. */
async function failWhileItLives(world: World): Promise<void> {
  console.log('\nFailures of a restore --overwrite whose process lives');
  const tally = new Tally('failure');
  for (const failure of [...FAILURES, ...(canMount ? [FULL_DISK] : []), FULL_DISK_STAND_IN]) {
    const run = await world.newRun('old');
    const { code, phase, settled, stderr } = await failRestore(failure, run);
    const isExpected = failure.codes.includes(code ?? -1);
    const isSettled = settled.recovered === null || failure.mayNeedRecovery;
    judge(failure.title, RESTORE_JOBS[1]!, settled);
    if (!isExpected || !isSettled) {
      failures += 1;
      console.log(`${failure.title}: exit ${code}, in ${phase}, recovered: ${settled.recovered}\n${stderr}`);
    }
    tally.count(failure.title, `exit ${code}: ${outcomeOf(settled)}`);
    await run.remove();
  }
  if (!canMount) console.log('No small file system can be mounted here: the full disk is only the stand-in.');
  tally.print();
}

/** SIGKILL right before each call that changes the file system, one run for each; and the recovery killed in the same way. */
async function killBeforeEveryCall(world: World): Promise<void> {
  console.log('\nSIGKILL before every call that changes the file system');
  const tally = new Tally('job');
  for (const job of RESTORE_JOBS) {
    const undisturbed = await world.newRun(job.begin);
    const calls = await countCalls(job, undisturbed);
    await undisturbed.remove();
    for (let at = 1; at <= calls; at += 1) {
      const run = await world.newRun(job.begin);
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
