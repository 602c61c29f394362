import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { BUCKET_FAILURES } from '../crash/bucket-failures.ts';
import { failRestore } from '../crash/failures.ts';
import {
  BUCKET_JOBS,
  BUCKET_RESTORE_JOBS,
  FILES_ALONE,
  type Job,
  MIXED_JOBS,
  RESTORE,
} from '../crash/jobs.ts';
import { phasesOf, strikeAt } from '../crash/kill.ts';
import { countChanges, killAtRequest } from '../crash/requests.ts';
import { Run } from '../crash/run.ts';
import { World } from '../crash/world.ts';
import { type PostgresServer, startPostgres } from '../servers/postgres.ts';
import { findS3, type S3Server, startS3 } from '../servers/s3.ts';
import { type FaultProxy, s3Error, type SeenRequest, startFaultProxy } from '../support/fault-proxy.ts';
import { Random } from '../support/random.ts';
import { runHoldfast } from '../support/run-holdfast.ts';
import { SEED } from '../support/seed.ts';
import { folderOfFile } from '../support/temporary-folder.ts';
import { required } from '../support/tools.ts';

// A short run of scripts/kill-test.ts --only bucket, which has many more moments.

const folder = await folderOfFile();
let postgres: PostgresServer;
let s3: S3Server | undefined;
let proxy: FaultProxy;
/** All in a bucket. */
let small: World;
/** One storage in a bucket, the other one a directory. */
let large: World;
beforeAll(async () => {
  if ((await findS3()).reason !== undefined) return;
  [postgres, s3] = await Promise.all([startPostgres(), startS3()]);
  proxy = await startFaultProxy(s3.endpoint);
  small = await World.create(postgres, join(folder, 'small'), 'small', {
    s3,
    inBucket: ['uploads', 'media'],
  });
  large = await World.create(postgres, join(folder, 'large'), 'large', { s3, inBucket: ['media'] });
});
afterAll(async () => {
  proxy?.close();
  await Promise.all([postgres?.stop(), s3?.stop()]);
});
beforeEach(async (context) => {
  required(context, await findS3());
});

async function begin(world: World, { begin: state }: Pick<Job, 'begin'>): Promise<Run> {
  const run = await Run.begin(world, state);
  onTestFinished(() => run.remove());
  return run;
}

describe('SIGKILL', () => {
  it.each(BUCKET_RESTORE_JOBS.map((job, index) => [job.title, job, index] as const))(
    'at requests that change the bucket in %s leaves all of the old or all of the new',
    async (_title, job, index) => {
      const requests = await countChanges(job, await begin(small, job), proxy);
      // The jobs share their protocol: together they are hit at every fifth request.
      for (let at = 5 * (index + 1); at <= requests; at += 20) {
        const when = at % 2 === 0 ? 'before' : 'after';
        const run = await begin(small, job);
        expect(await killAtRequest(job, run, proxy, { at, when })).toBe(true);
        const { aftermath, details } = await job.settle(run);
        expect({ at, when, aftermath, details }).toMatchObject({
          aftermath: expect.toBeOneOf([...job.allowed]),
        });
      }
    },
  );

  it.each([...BUCKET_JOBS.slice(-1), ...MIXED_JOBS].map((job, index) => [job.title, job, index] as const))(
    'at random moments of %s leaves all of the old or all of the new',
    async (_title, job, index) => {
      const random = new Random(SEED + index);
      const phases = [...(await phasesOf(job, await begin(large, job)))];
      for (const [phase, milliseconds] of phases.filter((_, number) => number % 3 === index % 3)) {
        const run = await begin(large, job);
        const delay = random.fraction() * milliseconds;
        await strikeAt(job, run, { phase, delay }, async (child) => void child.kill('SIGKILL'));
        const { aftermath, details } = await job.settle(run);
        expect({ phase, delay, aftermath, details }).toMatchObject({
          aftermath: expect.toBeOneOf([...job.allowed]),
        });
      }
    },
  );
});

describe('a restore into a bucket and a directory that fails while it lives', () => {
  const titles = /SIGTERM in swap|^server gone for good|expired in the (swap|removal)/;
  it.for(BUCKET_FAILURES.filter(({ title }) => titles.test(title)))(
    'by $title: leaves all of the old or all of the new, and nothing else',
    async (failure) => {
      const run = await begin(large, RESTORE);
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
});

it('credentials that end when the end of a restore is written down leave all of the old or all of the new', async () => {
  // How many requests more are answered decides how much could be undone.
  for (const answered of [0, 16, 20]) {
    const run = await begin(small, FILES_ALONE);
    proxy.reset();
    run.endpoint = proxy.endpoint;
    let journals = 0;
    let later = 0;
    const isJournal = ({ method, target }: SeenRequest): boolean =>
      method === 'PUT' && target.includes('.holdfast-journal-');
    // Begun, swapping, done: the service carries out the third, and its answer is lost.
    proxy.inject((seen) => isJournal(seen) && (journals += 1) === 3, { kind: 'reset', when: 'after' });
    const isRefused = (seen: SeenRequest): boolean =>
      journals >= 3 && (isJournal(seen) || (later += 1) > answered);
    proxy.inject(isRefused, s3Error(403, 'InvalidAccessKeyId'), Infinity);
    const { code, stderr } = await runHoldfast(FILES_ALONE.arguments(run), FILES_ALONE.options(run));
    proxy.reset();
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('restore --recover') });
    expect({ answered, ...(await FILES_ALONE.settle(run)) }).toMatchObject({
      aftermath: expect.toBeOneOf([...FILES_ALONE.allowed]),
    });
  }
});
