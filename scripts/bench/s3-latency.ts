import { join } from 'node:path';
import { startS3 } from '../../test/servers/s3.ts';
import { startSlowProxy } from '../../test/support/slow-proxy.ts';
import type { Bench } from './bench.ts';
import { holdfast, measure } from './measure.ts';
import { fillBucket } from './s3-data.ts';
import { markdownTable } from './table.ts';

const LATENCIES_MILLISECONDS = [0, 10, 20];
const LATE_OBJECTS = 4000;

/** Many small objects from a service that is far away. */
export async function benchLatency(bench: Bench): Promise<void> {
  const small = Math.max(1, Math.round(LATE_OBJECTS * bench.scale));
  const server = await startS3();
  try {
    const bucket = await server.newBucket();
    await fillBucket(server, bucket, { small, largeBytes: 0 });
    const rows: string[][] = [];
    for (const latencyMilliseconds of LATENCIES_MILLISECONDS) {
      const proxy = await startSlowProxy(Number(new URL(server.endpoint).port), { latencyMilliseconds });
      try {
        const endpoint = `http://127.0.0.1:${proxy.port}`;
        const storage = `files=s3://${bucket}/?endpoint=${endpoint}&path-style=true`;
        const out = join(bench.scratch, `late-${latencyMilliseconds}.zip`);
        const args = ['backup', out, '--skip-database', '--storage', storage];
        const cost = await measure(holdfast(bench.scratch, server.env, ...args), bench.scratch);
        const oneByOne = (small * 2 * latencyMilliseconds) / 1000;
        rows.push([
          String(latencyMilliseconds),
          cost.seconds.toFixed(1),
          oneByOne.toFixed(1),
          cost.cpuSeconds.toFixed(1),
        ]);
      } finally {
        proxy.close();
      }
    }
    bench.report.print(`### A bucket that is far away

Backup of ${small} objects of 4 KiB through a proxy that keeps every byte back for the time given, in both directions.

${markdownTable(['milliseconds', 'seconds', 'waiting for each in turn, seconds', 'CPU seconds'], rows)}`);
  } finally {
    await server.stop();
  }
}
