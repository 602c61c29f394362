import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { startSlowProxy } from '../../test/support/slow-proxy.ts';
import type { Bench } from './bench.ts';
import { type Cost, holdfast, measure } from './measure.ts';
import { type BenchServer, fillPostgres } from './postgres-data.ts';
import { markdownTable, mebibytes } from './table.ts';

/** How far below proportion the growth may be: the schema, and that not all connections end at once. */
const NEARLY = 0.7;
const SHARE = 0.4;
const JOBS = [1, 2, 4, 8];
/** So slow that eight connections leave the cores idle: reading takes less of them than loading. */
const READ_BYTES_PER_SECOND = 10e6;
const LOAD_BYTES_PER_SECOND = 5e6;
const LATENCY_MILLISECONDS = 1;
/** Of the sink: a part of what a backup of these data can write. */
const SINK_BYTES_PER_SECOND = 4e6;

/**
 * Simulates a machine with more cores than it needs: each connection to the server goes through a proxy that sleeps, so that
 * neither side's cores are the limit, and only more connections carry more.
 */
export async function benchWideMachine(bench: Bench, server: BenchServer): Promise<void> {
  bench.report.progress('Filling PostgreSQL for the wide machine');
  await fillPostgres(server, 'wide', bench.scale * SHARE);
  const archive = join(bench.scratch, 'wide.zip');
  await measure(
    holdfast(bench.scratch, {}, 'backup', archive, '--database', server.socketUrl('wide')),
    bench.scratch,
  );
  await benchConnections(bench, server, archive);
  await benchSlowSink(bench, server, archive);
}

async function benchConnections(bench: Bench, server: BenchServer, archive: string): Promise<void> {
  const slow = (bytesPerSecond: number) =>
    startSlowProxy(server.port, { bytesPerSecond, latencyMilliseconds: LATENCY_MILLISECONDS });
  const rows: string[][] = [];
  const first = new Map<string, number>();
  const line = (kind: string, jobs: number, cost: Cost, bytes: number): void => {
    if (jobs === 1) first.set(kind, cost.seconds);
    const faster = (first.get(kind) ?? Number.NaN) / cost.seconds;
    const mbPerSecond = bytes / 1e6 / cost.seconds;
    bench.report.progress(`  ${cost.seconds.toFixed(2)} s ${kind} --jobs ${jobs}`);
    rows.push([
      `${kind} --jobs ${jobs}`,
      cost.seconds.toFixed(1),
      mbPerSecond.toFixed(1),
      faster.toFixed(2),
      cost.cpuSeconds.toFixed(1),
      mebibytes(cost.peakBytes),
    ]);
    if (jobs === JOBS.at(-1))
      bench.report.goal({
        text: `${kind} behind a slow network, how many times faster with ${jobs} connections than with one`,
        figure: faster,
        limit: NEARLY * jobs,
        may: 'be higher',
        unit: ' ×',
      });
  };
  for (const jobs of JOBS) {
    const proxy = await slow(READ_BYTES_PER_SECOND);
    try {
      const url = `postgres://postgres@127.0.0.1:${proxy.port}/wide`;
      const out = join(bench.scratch, `wide-${jobs}.zip`);
      const args = ['backup', out, '--database', url, '--jobs', String(jobs)];
      line(
        'backup',
        jobs,
        await measure(holdfast(bench.scratch, {}, ...args), bench.scratch),
        proxy.bytes().down,
      );
    } finally {
      proxy.close();
    }
  }
  for (const jobs of JOBS) {
    await server.createDatabase('wide_restored');
    const proxy = await slow(LOAD_BYTES_PER_SECOND);
    try {
      const url = `postgres://postgres@127.0.0.1:${proxy.port}/wide_restored`;
      const args = ['restore', archive, '--database', url, '--jobs', String(jobs)];
      line(
        'restore',
        jobs,
        await measure(holdfast(bench.scratch, {}, ...args), bench.scratch),
        proxy.bytes().up,
      );
    } finally {
      proxy.close();
      await server.dropDatabase('wide_restored');
    }
  }
  bench.report.print(`### A wide machine, simulated

The server stands behind a proxy that sleeps: each connection carries ${READ_BYTES_PER_SECOND / 1e6} MB/s of a backup and ${LOAD_BYTES_PER_SECOND / 1e6} MB/s of a restore,
and each byte comes ${LATENCY_MILLISECONDS} ms late. The cores are never the limit, so what does not grow with the connections is serial.

${markdownTable(['job', 'seconds', 'MB/s', 'to one connection', 'CPU seconds', 'peak memory, MiB'], rows)}

Single runs: they sleep for most of the time.`);
}

/** A backup into something slow: reading, compressing and writing go on side by side, so it takes as long as the writing alone. */
async function benchSlowSink(bench: Bench, server: BenchServer, archive: string): Promise<void> {
  let written = 0;
  let free = 0;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.length;
      const now = performance.now();
      free = Math.max(free, now) + (chunk.length / SINK_BYTES_PER_SECOND) * 1000;
      setTimeout(done, free - now);
    },
  });
  const args = ['backup', '-', '--database', server.socketUrl('wide')];
  const command = { ...holdfast(bench.scratch, {}, ...args), output };
  const { seconds, peakBytes } = await measure(command, bench.scratch);
  const { size } = await stat(archive);
  const least = written / SINK_BYTES_PER_SECOND;
  bench.report.peak('`holdfast backup -` into a slow sink', peakBytes);
  bench.report.print(`### A slow sink

Into a pipe that takes ${SINK_BYTES_PER_SECOND / 1e6} MB/s: ${(size / 1e6).toFixed(1)} MB take ${seconds.toFixed(1)} s, ${(seconds / least).toFixed(2)} × the time that writing alone needs, with at most
${mebibytes(peakBytes)} MiB of memory.`);
}
