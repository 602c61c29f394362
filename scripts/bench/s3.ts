import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { findS3, type S3Server, startS3 } from '../../test/servers/s3.ts';
import type { Bench, Part } from './bench.ts';
import { type Command, holdfast, measure, median } from './measure.ts';
import { type Amount, countOf, fillBucket, fillFolder } from './s3-data.ts';
import { benchLatency } from './s3-latency.ts';
import { findPeers, type Peer } from './s3-peers.ts';
import { mebibytes, table } from './table.ts';
import { type Job, takeTurns, type Turn } from './turns.ts';

const SMALL_OBJECTS = 20_000;
const LARGE_BYTES = 2 * 2 ** 30;
/** An archive has its checksum beside it. */
const ARCHIVE_FILES = 2;

/** Backups of a bucket and restores into one, against programs that copy its objects. */
export const s3Part: Part = {
  onRequest: true,
  sections: ['copies', 'latency'],
  run: async (bench, wanted) => {
    const { reason } = await findS3();
    if (reason !== undefined) return bench.report.missing(`s3: ${reason}`);
    bench.report.print('## Buckets');
    if (wanted('copies')) await benchCopies(bench);
    if (wanted('latency')) await benchLatency(bench);
  },
};

/** Counts the requests of each run. */
class Requests {
  readonly #counts = new Map<string, number[]>();

  /** To be called when a run begins; gives what to call when it has ended. */
  begin(id: string, servers: readonly S3Server[]): () => void {
    const before = requestsTo(servers);
    return () => void this.#counts.set(id, [...(this.#counts.get(id) ?? []), requestsTo(servers) - before]);
  }

  of(id: string): string {
    return String(median(this.#counts.get(id) ?? []));
  }
}

function requestsTo(servers: readonly S3Server[]): number {
  return servers.reduce((sum, each) => sum + each.log().split(' HTTP/1.1" ').length - 1, 0);
}

async function benchCopies(bench: Bench): Promise<void> {
  const amount: Amount = {
    small: Math.max(1, Math.round(SMALL_OBJECTS * bench.scale)),
    largeBytes: Math.round(LARGE_BYTES * bench.scale),
  };
  const files = join(bench.scratch, 'files');
  const archive = join(bench.scratch, 'archive.zip');
  const source = await startS3();
  try {
    const bucket = await source.newBucket();
    bench.report.progress(`Filling a bucket with ${countOf(amount)} objects`);
    await fillBucket(source, bucket, amount);
    await fillFolder(files, amount);
    await measure(backup(bench, source, bucket, archive), bench.scratch);
    const peers: Peer[] = [];
    for (const found of await findPeers()) {
      if (found.reason === undefined) peers.push(found.value);
      else bench.report.missing(found.reason);
    }
    const requests = new Requests();
    const downloads = [
      ...backupJobs(bench, source, bucket, requests),
      ...peers.map((peer) => downloadJob(peer, source, bucket, amount, requests)),
    ];
    const uploads = [
      restoreJob(bench, archive, amount, requests),
      ...peers.map((peer) => uploadJob(peer, files, amount, requests)),
    ];
    const to = { id: 'holdfast', title: 'Holdfast' };
    const columns = (prefix: string) => [
      { title: 'requests', cell: (id: string) => requests.of(`${prefix} ${id}`) },
    ];
    const [down, up] = [await takeTurns(bench, downloads), await takeTurns(bench, uploads)];
    bench.report
      .print(`${amount.small} objects of 4 KiB, and ${mebibytes(amount.largeBytes)} MiB in large ones.

${table('backup', down, { to, columns: columns('down') })}

${table('restore', up, { to, columns: columns('up') })}`);
  } finally {
    await source.stop();
  }
}

function backup(bench: Bench, server: S3Server, bucket: string, archive: string): Command {
  const location = `files=${server.url(bucket)}`;
  return holdfast(bench.scratch, server.env, 'backup', archive, '--skip-database', '--storage', location);
}

function backupJobs(bench: Bench, source: S3Server, bucket: string, requests: Requests): Job[] {
  return [
    {
      id: 'holdfast',
      title: '`holdfast backup`, into a file',
      isDefault: true,
      begin: async (folder) => {
        const count = requests.begin('down holdfast', [source]);
        return {
          command: backup(bench, source, bucket, join(folder, 'a.zip')),
          check: async () => {
            count();
            expectCount(await filesIn(folder), ARCHIVE_FILES);
          },
        };
      },
    },
    {
      id: 'bucket',
      title: '`holdfast backup`, into a bucket',
      isDefault: true,
      begin: () =>
        intoServer(async (server) => {
          const archives = await server.newBucket();
          const count = requests.begin('down bucket', [source, server]);
          return {
            command: backup(bench, source, bucket, server.url(archives, 'a.zip')),
            check: async () => {
              count();
              expectCount(await objectsIn(server, archives), ARCHIVE_FILES);
            },
          };
        }),
    },
  ];
}

function downloadJob(peer: Peer, source: S3Server, bucket: string, amount: Amount, requests: Requests): Job {
  return {
    id: peer.name,
    title: `\`${peer.name}\` ${peer.version}, into a folder`,
    isPeer: true,
    begin: async (folder) => {
      const count = requests.begin(`down ${peer.name}`, [source]);
      return {
        command: peer.download(source, bucket, folder),
        check: async () => {
          count();
          expectCount(await filesIn(folder), countOf(amount));
        },
      };
    },
  };
}

function restoreJob(bench: Bench, archive: string, amount: Amount, requests: Requests): Job {
  return {
    id: 'holdfast',
    title: '`holdfast restore`, of a file',
    isDefault: true,
    begin: () =>
      intoServer(async (server) => {
        const bucket = await server.newBucket();
        const location = `files=${server.url(bucket, 'app')}`;
        const count = requests.begin('up holdfast', [server]);
        return {
          command: holdfast(
            bench.scratch,
            server.env,
            'restore',
            archive,
            '--skip-database',
            '--storage',
            location,
          ),
          check: async () => {
            count();
            expectCount(await objectsIn(server, bucket), countOf(amount));
          },
        };
      }),
  };
}

function uploadJob(peer: Peer, files: string, amount: Amount, requests: Requests): Job {
  return {
    id: peer.name,
    title: `\`${peer.name}\` ${peer.version}, of a folder`,
    isPeer: true,
    begin: () =>
      intoServer(async (server) => {
        const bucket = await server.newBucket();
        const count = requests.begin(`up ${peer.name}`, [server]);
        return {
          command: peer.upload(server, files, bucket),
          check: async () => {
            count();
            expectCount(await objectsIn(server, bucket), countOf(amount));
          },
        };
      }),
  };
}

/** A server of its own for the time of a run: one does not get smaller when objects are removed. */
async function intoServer(begin: (server: S3Server) => Promise<Turn>): Promise<Turn> {
  const server = await startS3();
  return { ...(await begin(server)), end: () => server.stop() };
}

function expectCount(found: number, expected: number): void {
  if (found !== expected) throw new Error(`there are ${found} files or objects, not ${expected}`);
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
