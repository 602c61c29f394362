import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { type Command, holdfast, measure, shell } from './measure.ts';
import { havePrograms } from './peers.ts';
import type { Application } from './application.ts';
import { table } from './table.ts';
import { type Job, takeTurns, type Turn } from './turns.ts';

const TARGET = 'restored';

/** Into an empty database, which is made before and dropped after, outside of the time, and the log written out. */
async function intoNewDatabase(
  { server }: Application,
  command: (url: string) => Command,
  expected: { readonly table: string; readonly rows: number },
): Promise<Turn> {
  await server.createDatabase(TARGET);
  await server.query('postgres', 'CHECKPOINT');
  return {
    command: command(server.socketUrl(TARGET)),
    end: () => server.dropDatabase(TARGET),
    check: async () => {
      const found = await rowsIn({ server }, TARGET, expected.table);
      if (found !== expected.rows)
        throw new Error(`${found} rows of ${expected.table} were restored, not ${expected.rows}`);
    },
  };
}

async function rowsIn(
  { server }: Pick<Application, 'server'>,
  database: string,
  name: string,
): Promise<number> {
  const [row] = await server.query<{ rows: number }>(database, `SELECT count(*)::int AS rows FROM ${name}`);
  return row?.rows ?? 0;
}

/** The whole database. */
export async function benchRestore(bench: Bench, application: Application): Promise<void> {
  const expected = { table: 'pgbench_accounts', rows: await rowsIn(application, 'app', 'pgbench_accounts') };
  const jobs: Job[] = [];
  const dump = join(bench.scratch, 'application', 'app.dump');
  if (await havePrograms(bench, 'restores by pg_restore', ['pg_dump', 'pg_restore'])) {
    await measure(shell('pg_dump -Fc -f "$OUT" "$URL"', { OUT: dump, URL: application.url }), bench.scratch);
    const peer = (id: string, options: string): Job => ({
      id,
      title: `\`pg_restore ${options}\``,
      isPeer: true,
      begin: () =>
        intoNewDatabase(
          application,
          (url) => shell(`pg_restore ${options} -d "$URL" "$DUMP"`, { URL: url, DUMP: dump }),
          expected,
        ),
    });
    jobs.push(peer('parallel', '-j 2'), peer('single', '--single-transaction'));
  }
  const own = (id: string, title: string, ...args: string[]): Job => ({
    id,
    title,
    isDefault: args.length === 0,
    begin: () =>
      intoNewDatabase(
        application,
        (url) =>
          holdfast(bench.scratch, {}, 'restore', application.databaseArchive, '--database', url, ...args),
        expected,
      ),
  });
  jobs.push(
    own('holdfast', '`holdfast restore`'),
    own('jobs 1', '`holdfast restore --jobs 1`', '--jobs', '1'),
    own('jobs 4', '`holdfast restore --jobs 4`', '--jobs', '4'),
  );
  const results = await takeTurns(bench, jobs, { serverSeconds: application.server.cpuSeconds });
  bench.report.print(`### Restore of the database

Each into an empty database. Holdfast reads and checks the whole archive first, and its restore is all or nothing, as that of
\`--single-transaction\` is and that of \`-j 2\` is not.

${table('restore', results, { to: { id: 'holdfast', title: 'Holdfast' } })}`);
  bench.report.goal({
    text: 'restore of a database, to `pg_restore -j 2`',
    figure: results.ratio('holdfast', 'parallel'),
    limit: 1,
    may: 'be lower',
    unit: ' ×',
  });
}

/** One table out of an archive of all. */
export async function benchTable(bench: Bench, application: Application): Promise<void> {
  const expected = { table: 'events', rows: await rowsIn(application, 'app', 'events') };
  const jobs: Job[] = [];
  const dump = join(bench.scratch, 'application', 'one.dump');
  if (await havePrograms(bench, 'one table by pg_restore', ['pg_dump', 'pg_restore'])) {
    await measure(shell('pg_dump -Fc -f "$OUT" "$URL"', { OUT: dump, URL: application.url }), bench.scratch);
    jobs.push({
      id: 'pg_restore',
      title: '`pg_restore -t events`',
      isPeer: true,
      begin: () =>
        intoNewDatabase(
          application,
          (url) => shell('pg_restore -t events -d "$URL" "$DUMP"', { URL: url, DUMP: dump }),
          expected,
        ),
    });
  }
  for (const [id, archive] of [
    ['plain', application.archive],
    ['encrypted', application.crypt],
  ] as const) {
    const args = ['--table', 'public.events', '--skip-files', '--key-file', application.keyFile];
    jobs.push({
      id,
      title: `\`holdfast restore --table events\`, archive ${id}`,
      isDefault: true,
      begin: () =>
        intoNewDatabase(
          application,
          (url) => holdfast(bench.scratch, {}, 'restore', archive, '--database', url, ...args),
          expected,
        ),
    });
  }
  const results = await takeTurns(bench, jobs, { serverSeconds: application.server.cpuSeconds });
  bench.report.print(`### One table out of a large archive

${expected.rows} rows, out of an archive of database and files. \`pg_restore -t\` leaves the table's keys out.

${table('restore', results, { to: { id: 'plain', title: 'Holdfast' } })}`);
}
