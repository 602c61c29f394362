import { stat } from 'node:fs/promises';
import type { Bench } from './bench.ts';
import { holdfast, shell } from './measure.ts';
import { havePrograms } from './peers.ts';
import type { Application } from './application.ts';
import { table } from './table.ts';
import { type Job, takeTurns } from './turns.ts';

/** Reading archives to their last byte. */
export async function benchVerify(bench: Bench, application: Application): Promise<void> {
  const { databaseArchive, archive, crypt, keyFile } = application;
  const archives = new Map<string, string>();
  const jobs: Job[] = [];
  const own = (id: string, title: string, path: string, ...args: string[]): void => {
    archives.set(id, path);
    jobs.push({
      id,
      title: `\`holdfast verify\`: ${title}`,
      isDefault: true,
      begin: async () => ({ command: holdfast(bench.scratch, {}, 'verify', path, ...args) }),
    });
  };
  own('database', 'the database', databaseArchive);
  own('all', 'database and files', archive);
  own('crypt', 'the same, encrypted', crypt, '--key-file', keyFile);
  for (const [program, line] of [
    ['sha256sum', 'sha256sum "$ARCHIVE"'],
    ['unzip', 'unzip -tqq "$ARCHIVE"'],
  ] as const) {
    const title = `\`${line.replace(' "$ARCHIVE"', '')}\`: database and files`;
    if (!(await havePrograms(bench, title, [program]))) continue;
    archives.set(program, archive);
    jobs.push({
      id: program,
      title,
      isPeer: true,
      begin: async () => ({ command: shell(line, { ARCHIVE: archive }) }),
    });
  }
  const bytes = new Map<string, number>();
  for (const [id, path] of archives) bytes.set(id, (await stat(path)).size);
  const results = await takeTurns(bench, jobs);
  const speed = (id: string): number =>
    (bytes.get(id) ?? 0) / 1e6 / (results.median(id, 'seconds') ?? Number.NaN);
  const columns = [
    { title: 'archive, MB', cell: (id: string) => ((bytes.get(id) ?? 0) / 1e6).toFixed(1) },
    { title: 'MB/s', cell: (id: string) => speed(id).toFixed(0) },
  ];
  bench.report.print(`### Verify

${table('check', results, { to: { id: 'all', title: 'all of it, plain' }, columns })}`);
  for (const [id, what] of [
    ['database', 'of a database'],
    ['all', 'of database and files'],
    ['crypt', 'of the same, encrypted'],
  ] as const)
    bench.report.goal({
      text: `verify, MB of archive a second, ${what}`,
      figure: speed(id),
      limit: 500,
      may: 'be higher',
      unit: ' MB/s',
    });
}
