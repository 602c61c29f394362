import { mkdirSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Bench, Part } from './bench.ts';
import { makeLargeFile, makeSmallFiles } from './file-data.ts';
import { type Command, holdfast, measure, shell } from './measure.ts';
import { havePrograms } from './peers.ts';
import { table } from './table.ts';
import { type Job, type Results, takeTurns } from './turns.ts';

const SMALL_FILES = 50_000;
const LARGE_BYTES = 4 * 2 ** 30;

export const filesPart: Part = {
  sections: ['small', 'large'],
  run: async (bench, wanted) => {
    bench.report.print('## Files');
    if (wanted('small')) await benchSmallFiles(bench);
    if (wanted('large')) await benchLargeFile(bench);
  },
};

async function benchSmallFiles(bench: Bench): Promise<void> {
  const folder = join(bench.scratch, 'small');
  makeSmallFiles(folder, SMALL_FILES * bench.scale);
  const count = await countFiles(folder);
  const of = `${count} files of 4 KiB`;
  const backup = await benchFolder(bench, folder, of, count);
  bench.report.goal({
    text: `backup of ${of}, to \`zip -0\``,
    figure: backup.ratio('holdfast', 'zip'),
    limit: 1,
    may: 'be lower',
    unit: ' ×',
  });
}

async function benchLargeFile(bench: Bench): Promise<void> {
  const folder = join(bench.scratch, 'large');
  const bytes = Math.round(LARGE_BYTES * bench.scale);
  mkdirSync(folder);
  makeLargeFile(join(folder, 'film.mp4'), bytes);
  await benchFolder(bench, folder, `one file of ${(bytes / 2 ** 20).toFixed(0)} MiB`, 1);
}

/** Some files, and what is made of them. */
interface Files {
  readonly folder: string;
  /** How many there are, and in words. */
  readonly count: number;
  readonly of: string;
  readonly archive: string;
  readonly zip: string;
}

/** Backs up a folder and restores it. Removes it and the archives as soon as they are not needed, so that the cache holds the others. */
async function benchFolder(bench: Bench, folder: string, of: string, count: number): Promise<Results> {
  bench.report.progress(of);
  const files: Files = { folder, of, count, archive: `${folder}.zip`, zip: `${folder}-zip.zip` };
  const backup = await takeTurns(bench, await backupJobs(bench, files));
  await measure(backUp(bench, files, files.archive), bench.scratch);
  const hasZip = await havePrograms(bench, '`unzip`', ['zip', 'unzip']);
  if (hasZip)
    await measure(
      shell('cd "$FILES"; zip -0 -q -r "$TO" .', { FILES: folder, TO: files.zip }),
      bench.scratch,
    );
  rmSync(folder, { recursive: true });
  const restore = await takeTurns(bench, restoreJobs(bench, files, hasZip));
  for (const path of [files.archive, `${files.archive}.sha256`, files.zip]) rmSync(path, { force: true });
  const to = { id: 'holdfast', title: 'Holdfast' };
  bench.report.print(`${table('backup', backup, { to })}\n\n${table('restore', restore, { to })}`);
  return backup;
}

function backUp(bench: Bench, { folder }: Files, archive: string): Command {
  const storage = `files=${folder}`;
  return holdfast(bench.scratch, {}, 'backup', archive, '--skip-database', '--storage', storage);
}

async function backupJobs(bench: Bench, files: Files): Promise<Job[]> {
  const jobs: Job[] = [
    {
      id: 'holdfast',
      title: `\`holdfast backup\` of ${files.of}`,
      isDefault: true,
      begin: async (out) => ({ command: backUp(bench, files, join(out, 'a.zip')) }),
    },
  ];
  const peer = (id: string, title: string, line: string): Job => ({
    id,
    title,
    isPeer: true,
    begin: async (out) => ({ command: shell(line, { OUT: out, FILES: files.folder }) }),
  });
  if (await havePrograms(bench, '`zip -0`', ['zip']))
    jobs.push(peer('zip', '`zip -0 -q -r`', 'cd "$FILES"; zip -0 -q -r "$OUT/a.zip" .'));
  if (await havePrograms(bench, '`tar`, `zstd`', ['tar', 'zstd']))
    jobs.push(peer('tar', '`tar`, `zstd -3`', 'tar -C "$FILES" -c . | zstd -q -3 -o "$OUT/a.tar.zst"'));
  return jobs;
}

function restoreJobs(bench: Bench, { archive, zip, of, count }: Files, hasZip: boolean): Job[] {
  const restore = (id: string, title: string, command: (to: string) => Command): Job => ({
    id,
    title,
    isPeer: id === 'unzip',
    isDefault: id === 'holdfast',
    begin: async (out) => ({
      command: command(join(out, 'files')),
      check: () => expectFiles(join(out, 'files'), count),
    }),
  });
  const jobs = [
    restore('holdfast', `\`holdfast restore\` of ${of}`, (to) =>
      holdfast(bench.scratch, {}, 'restore', archive, '--skip-database', '--storage', `files=${to}`),
    ),
    {
      id: 'verify',
      title: `\`holdfast verify\` of ${of}`,
      isDefault: true,
      begin: async () => ({ command: holdfast(bench.scratch, {}, 'verify', archive) }),
    },
  ];
  const unzip = restore('unzip', '`unzip`', (to) =>
    shell('unzip -q -d "$TO" "$ZIPPED"', { TO: to, ZIPPED: zip }),
  );
  return hasZip ? [...jobs, unzip] : jobs;
}

/** @throws Error when there are not so many files below a folder */
async function expectFiles(folder: string, count: number): Promise<void> {
  const found = await countFiles(folder);
  if (found !== count) throw new Error(`there are ${found} files in ${dirname(folder)}, not ${count}`);
}

async function countFiles(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}
