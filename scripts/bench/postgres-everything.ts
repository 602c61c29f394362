import { join } from 'node:path';
import { runTool } from '../../test/support/tools.ts';
import type { Bench } from './bench.ts';
import { shell } from './measure.ts';
import { havePrograms, type Program } from './peers.ts';
import { type Application, backupAll } from './application.ts';
import { table } from './table.ts';
import { type Job, takeTurns } from './turns.ts';

const READ_FILES = 'find "$FILES" -type f -print0 | xargs -0 cat > /dev/null';

/** Another way to the same end: programs, and a line of a shell that joins them and writes below "$OUT". */
interface Way {
  readonly id: string;
  readonly title: string;
  readonly programs: readonly Program[];
  readonly line: string;
  /** Runs before, outside of the time. */
  readonly before?: (folder: string) => Promise<unknown>;
}

function ways(): readonly Way[] {
  return [
    {
      id: 'floor',
      title: 'reading both: `pg_dump > /dev/null`, `cat` of the files',
      programs: ['pg_dump'],
      line: `pg_dump "$URL" > /dev/null; ${READ_FILES}`,
    },
    {
      id: 'openssl',
      title: '`pg_dump`, `zip`, `openssl enc`, `sha256sum`',
      programs: ['pg_dump', 'zip', 'openssl', 'sha256sum'],
      line: `cd "$OUT"; pg_dump "$URL" > dump.sql
        zip -q -r - dump.sql "$FILES" | openssl enc -aes-256-cbc -pbkdf2 -pass "file:$KEY" -out all.zip.enc
        sha256sum all.zip.enc > all.zip.enc.sha256; rm dump.sql`,
    },
    {
      id: 'age',
      title: '`pg_dump -Fd -j 2 -Z0`, `tar`, `zstd -T2`, `age`, `sha256sum`',
      programs: ['pg_dump', 'tar', 'zstd', 'age', 'age-keygen', 'sha256sum'],
      line: `cd "$OUT"; pg_dump -Fd -j 2 -Z0 -f dump "$URL"
        tar -P -c dump "$FILES" | zstd -q -T2 | age -r "$(age-keygen -y "$AGE_KEY")" -o all.tar.zst.age
        sha256sum all.tar.zst.age > all.tar.zst.age.sha256; rm -r dump`,
      before: (folder) => runTool('age-keygen', ['-o', join(folder, 'age-key')]),
    },
    {
      id: 'restic',
      title: '`pg_dump`, `restic backup` of it and of the files',
      programs: ['pg_dump', 'restic'],
      line: `pg_dump "$URL" | restic backup -q --stdin --stdin-filename dump.sql; restic backup -q "$FILES"`,
      before: (folder) =>
        runTool('restic', ['init', '-q'], { env: { ...process.env, ...resticSettings(folder) } }),
    },
  ];
}

function resticSettings(folder: string): Record<string, string> {
  return {
    RESTIC_REPOSITORY: join(folder, 'repository'),
    RESTIC_PASSWORD: 'bench',
    RESTIC_CACHE_DIR: join(folder, '..', 'restic-cache'),
  };
}

/** Database and files, hashed and encrypted. */
export async function benchEverything(bench: Bench, application: Application): Promise<void> {
  const { server, url, files, keyFile } = application;
  const jobs: Job[] = [];
  for (const { id, title, programs, line, before } of ways()) {
    if (!(await havePrograms(bench, title, programs))) continue;
    jobs.push({
      id,
      title,
      isPeer: true,
      begin: async (folder) => {
        await before?.(folder);
        const paths = { OUT: folder, FILES: files, KEY: keyFile, AGE_KEY: join(folder, 'age-key') };
        return { command: shell(line, { URL: url, ...paths, ...resticSettings(folder) }) };
      },
    });
  }
  jobs.push({
    id: 'holdfast',
    title: '`holdfast backup --key-file`',
    isDefault: true,
    begin: async (folder) => ({
      command: backupAll(bench, application, join(folder, 'a.zip.crypt'), '--key-file', keyFile),
    }),
  });
  const results = await takeTurns(bench, jobs, { serverSeconds: server.cpuSeconds });
  const hasFloor = results.ratio('holdfast', 'floor') !== undefined;
  const to = hasFloor ? { id: 'floor', title: 'the floor' } : { id: 'holdfast', title: 'Holdfast' };
  bench.report.print(`### Database and files, hashed and encrypted\n\n${table('backup', results, { to })}`);
  bench.report.goal({
    text: 'database and files, hashed and encrypted, to reading both',
    figure: results.ratio('holdfast', 'floor'),
    limit: 1.5,
    may: 'be lower',
    unit: ' ×',
  });
  bench.report.goal({
    text: 'the same, how much faster than `pg_dump`, `zip` and `openssl`',
    figure: results.ratio('openssl', 'holdfast'),
    limit: 4,
    may: 'be higher',
    unit: ' ×',
  });
}
