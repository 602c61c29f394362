import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { holdfast, shell } from './measure.ts';
import { havePrograms } from './peers.ts';
import type { Application } from './application.ts';
import { table } from './table.ts';
import { type Job, takeTurns } from './turns.ts';

/** A database alone, against reading it once, and against pg_dump's own archives. */
export async function benchBackup(bench: Bench, { server, url }: Application): Promise<void> {
  const jobs: Job[] = [];
  if (await havePrograms(bench, 'backups by pg_dump', ['pg_dump'])) {
    const peer = (id: string, title: string, line: string): Job => ({
      id,
      title,
      isPeer: true,
      begin: async (folder) => ({ command: shell(line, { URL: url, OUT: join(folder, 'dump') }) }),
    });
    jobs.push(
      peer('floor', '`pg_dump > /dev/null`', 'pg_dump "$URL" > /dev/null'),
      peer('custom', '`pg_dump -Fc`', 'pg_dump -Fc -f "$OUT" "$URL"'),
      peer('directory', '`pg_dump -Fd -j 2`', 'pg_dump -Fd -j 2 -f "$OUT" "$URL"'),
    );
  }
  const own = (id: string, title: string, ...args: string[]): Job => ({
    id,
    title,
    isDefault: args.length === 0,
    begin: async (folder) => ({
      command: holdfast(bench.scratch, {}, 'backup', join(folder, 'a.zip'), '--database', url, ...args),
    }),
  });
  jobs.push(
    own('holdfast', '`holdfast backup`'),
    ...['1', '2', '4'].map((number) =>
      own(`jobs ${number}`, `\`holdfast backup --jobs ${number}\``, '--jobs', number),
    ),
  );
  const results = await takeTurns(bench, jobs, { serverSeconds: server.cpuSeconds });
  const to = results.ratio('holdfast', 'floor') === undefined ? 'holdfast' : 'floor';
  bench.report.print(`### Backup of the database

${table('backup', results, { to: { id: to, title: to === 'floor' ? 'the floor' : 'Holdfast' } })}`);
  bench.report.goal({
    text: 'backup of a database, to `pg_dump > /dev/null`',
    figure: results.ratio('holdfast', 'floor'),
    limit: 1.15,
    may: 'be lower',
    unit: ' ×',
  });
  const [size, custom] = [results.median('holdfast', 'bytes'), results.median('custom', 'bytes')];
  bench.report.goal({
    text: 'its archive, to that of `pg_dump -Fc`',
    figure: size === undefined || custom === undefined ? undefined : size / custom,
    limit: 1,
    may: 'be lower',
    unit: ' ×',
  });
}
