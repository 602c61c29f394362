import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { builtExecutable } from '../test/support/executable.ts';
import { type S3Server, startS3 } from '../test/servers/s3.ts';
import { type Command, type Cost, measure, median } from './bench/measure.ts';
import { type Amount, countOf, fillBucket, fillFolder } from './bench/s3-data.ts';
import { findPeers, type Peer } from './bench/s3-peers.ts';

// node scripts/bench-s3.ts [--small N] [--large MIB] [--rounds N]: backups of a bucket and restores into one, against
// programs that copy its objects. TMPDIR is where archives and copies go.

const { values } = parseArgs({
  options: {
    small: { type: 'string', default: '20000' },
    large: { type: 'string', default: '2048' },
    rounds: { type: 'string', default: '3' },
  },
});
const amount: Amount = { small: Number(values.small), largeBytes: Number(values.large) * 1024 ** 2 };
const rounds = Number(values.rounds);

/** An archive has its checksum beside it. */
const ARCHIVE_FILES = 2;

/** Something to measure. */
interface Job {
  readonly title: string;
  /** Makes ready, and gives the command and how many objects or files it left, to be asked when it has ended. */
  begin(server: S3Server, folder: string): Promise<{ command: Command; count: () => Promise<number> }>;
  /** How many that has to be. */
  readonly expected: number;
  /** Where the job writes: a server of its own for the time, as one does not get smaller when objects are removed. */
  readonly into: 'folder' | 'server';
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const holdfast = (env: Command['env'], ...args: string[]): Command => ({
  program: builtExecutable(),
  args: [...args, '--quiet'],
  env,
});

const scratch = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const source = await startS3();
try {
  const bucket = await source.newBucket();
  const files = join(scratch, 'files');
  const archive = join(scratch, 'archive.zip');
  say(`${countOf(amount)} objects: ${amount.small} of 4 KiB, and ${values.large} MiB in large ones`);
  await fillBucket(source, bucket, amount);
  await fillFolder(files, amount);
  await measure(backup(bucket, archive), scratch);
  say(`The archive: ${mebibytes((await stat(archive)).size)} MiB`);

  const peers: Peer[] = [];
  for (const found of await findPeers()) {
    if (found.reason === undefined) peers.push(found.value);
    else say(`Not measured: ${found.reason}`);
  }
  say(await report('backup', [...backupJobs(bucket), ...peers.map((peer) => downloadJob(peer, bucket))]));
  say(await report('restore', [restoreJob(archive), ...peers.map((peer) => uploadJob(peer, files))]));
} finally {
  await source.stop();
  await rm(scratch, { recursive: true });
}

function backup(bucket: string, archive: string): Command {
  const location = `files=${source.url(bucket)}`;
  return holdfast(source.env, 'backup', archive, '--skip-database', '--storage', location);
}

function backupJobs(bucket: string): Job[] {
  return [
    {
      title: 'holdfast backup, into a file',
      expected: ARCHIVE_FILES,
      into: 'folder',
      begin: async (_server, folder) => ({
        command: backup(bucket, join(folder, 'a.zip')),
        count: () => filesIn(folder),
      }),
    },
    {
      title: 'holdfast backup, into a bucket',
      expected: ARCHIVE_FILES,
      into: 'server',
      begin: async (server) => {
        const archives = await server.newBucket();
        return {
          command: backup(bucket, server.url(archives, 'a.zip')),
          count: () => objectsIn(server, archives),
        };
      },
    },
  ];
}

function downloadJob(peer: Peer, bucket: string): Job {
  return {
    title: `${peer.name} ${peer.version}, into a folder`,
    expected: countOf(amount),
    into: 'folder',
    begin: async (_server, folder) => ({
      command: peer.download(source, bucket, folder),
      count: () => filesIn(folder),
    }),
  };
}

function restoreJob(archive: string): Job {
  return {
    title: 'holdfast restore, of a file',
    expected: countOf(amount),
    into: 'server',
    begin: async (server) => {
      const bucket = await server.newBucket();
      const location = `files=${server.url(bucket, 'app')}`;
      const command = holdfast(server.env, 'restore', archive, '--skip-database', '--storage', location);
      return { command, count: () => objectsIn(server, bucket) };
    },
  };
}

function uploadJob(peer: Peer, files: string): Job {
  return {
    title: `${peer.name} ${peer.version}, of a folder`,
    expected: countOf(amount),
    into: 'server',
    begin: async (server) => {
      const bucket = await server.newBucket();
      return { command: peer.upload(server, files, bucket), count: () => objectsIn(server, bucket) };
    },
  };
}

/** A table of medians. Jobs run in turns, so that whatever else the machine does meets all of them alike. */
async function report(title: string, jobs: readonly Job[]): Promise<string> {
  const costs = new Map<string, (Cost & { readonly requests: number })[]>();
  const loads: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const job of jobs) {
      loads.push(loadavg()[0] ?? Number.NaN);
      costs.set(job.title, [...(costs.get(job.title) ?? []), await measureJob(job)]);
    }
  }
  const middle = (job: Job, of: 'seconds' | 'cpuSeconds' | 'peakBytes' | 'requests') =>
    median((costs.get(job.title) ?? []).map((cost) => cost[of]));
  const rows = jobs.map((job) =>
    [
      job.title,
      middle(job, 'seconds').toFixed(1),
      middle(job, 'cpuSeconds').toFixed(1),
      mebibytes(middle(job, 'peakBytes')),
      middle(job, 'requests'),
      (middle(job, 'seconds') / middle(jobs[0]!, 'seconds')).toFixed(2),
    ].join(' | '),
  );
  const machine = `${cpus()[0]?.model}, ${availableParallelism()} cores, a load of ${median(loads).toFixed(1)}`;
  return `
| ${title} | seconds | CPU seconds | peak memory, MiB | requests | to Holdfast |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.map((row) => `| ${row} |`).join('\n')}

Medians of ${rounds}, ${machine}.`;
}

async function measureJob(job: Job): Promise<Cost & { readonly requests: number }> {
  const folder = join(scratch, 'turn');
  await mkdir(folder);
  const server = job.into === 'server' ? await startS3() : source;
  try {
    const { command, count } = await job.begin(server, folder);
    const before = requestsTo(server);
    const cost = await measure(command, scratch);
    const requests = requestsTo(server) - before;
    const found = await count();
    if (found !== job.expected) throw new Error(`${job.title} left ${found}, not ${job.expected}`);
    return { ...cost, requests };
  } finally {
    if (server !== source) await server.stop();
    await rm(folder, { recursive: true });
  }
}

/** To both servers, of a backup into a bucket; none where the service is not ours and its log not to be had. */
function requestsTo(server: S3Server): number {
  const logs = new Set([source, server]);
  return [...logs].reduce((sum, each) => sum + each.log().split(' HTTP/1.1" ').length - 1, 0);
}

async function filesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

async function objectsIn({ client }: S3Server, bucket: string): Promise<number> {
  let [count, token] = [0, undefined as string | undefined];
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    count += page.Contents?.length ?? 0;
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return count;
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(0);
}
