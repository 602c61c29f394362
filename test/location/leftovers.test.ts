import { spawnSync } from 'node:child_process';
import { chmod, chown, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { removeLeftovers, temporaryPath } from '../../src/location/leftovers.ts';
import { recordingReporter, type RecordingReporter } from '../support/recording-reporter.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { required } from '../support/tools.ts';
import { withoutPrivileges } from './limits.ts';

let folder: string;
let reporter: RecordingReporter;

beforeEach(async () => {
  folder = await temporaryFolder();
  reporter = recordingReporter();
});

/** A temporary path as a process had it that is gone; null where the system tells too little of processes. */
function pathOfTheDead(name: string): string | null {
  const path = temporaryPath(join(folder, name));
  const dead = spawnSync('true').pid;
  const replaced = path.replace(/-\d+-\d+-([0-9a-f]{12}\.tmp)$/, `-${dead}-1-$1`);
  return replaced === path ? null : replaced;
}

it('a name says whose it is and fits into every file system', () => {
  for (const name of [
    'a.zip',
    'x'.repeat(250),
    'é'.repeat(120),
    `x${'€'.repeat(80)}`,
    `x${'😀'.repeat(60)}`,
  ]) {
    const path = temporaryPath(join(folder, name));
    expect(path.startsWith(join(folder, '.'))).toBe(true);
    expect(basename(path)).not.toContain('\ufffd');
    expect(Buffer.byteLength(basename(path))).toBeLessThanOrEqual(143);
    expect(temporaryPath(join(folder, name))).not.toBe(path);
  }
});

it("of this process's own files none is removed", async () => {
  await writeFile(temporaryPath(join(folder, 'a.zip')), 'being written');
  await removeLeftovers(folder, reporter);
  expect(await readdir(folder)).toHaveLength(1);
  expect(reporter.warnings).toEqual([]);
});

it('many are told of in one line, with their size', async (context) => {
  for (const name of ['a.zip', 'b.zip', 'two\nlines']) {
    const path = pathOfTheDead(name);
    if (path === null) return context.skip('this system does not tell which processes are gone');
    await writeFile(path, Buffer.alloc(1024));
  }
  await removeLeftovers(folder, reporter);
  expect(await readdir(folder)).toEqual([]);
  expect(reporter.warnings).toHaveLength(1);
  expect(reporter.warnings[0]).toMatch(
    /^Removed what a backup that was killed left: .* and 2 more files, 3\.0 KiB$/,
  );
});

it("another user's stay", async (context) => {
  if (process.getuid?.() !== 0) context.skip('only root can give files away');
  const path = pathOfTheDead('a.zip');
  if (path === null) return context.skip('this system does not tell which processes are gone');
  await writeFile(path, 'not ours');
  await chown(path, 65534, 65534);
  await removeLeftovers(folder, reporter);
  expect(await readdir(folder)).toEqual([basename(path)]);
  expect(reporter.warnings).toEqual([]);
});

it('what cannot be removed is told of and hinders nothing', async (context) => {
  const path = pathOfTheDead('a.zip');
  if (path === null) return context.skip('this system does not tell which processes are gone');
  await writeFile(path, 'stuck');
  const nobody = spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' });
  if (process.getuid?.() === 0) await chown(path, Number(nobody.stdout), -1);
  required(
    context,
    await withoutPrivileges(folder, async () => {
      if (process.getuid?.() !== 0) await chmod(folder, 0o555);
      await removeLeftovers(folder, reporter);
    }),
  );
  expect(await readdir(folder)).toEqual([basename(path)]);
  expect(reporter.warnings).toEqual([expect.stringContaining(`${path}: EACCES`)]);
});

it('a folder that is not there is none of its affairs', async () => {
  await removeLeftovers(join(folder, 'missing'), reporter);
  expect(reporter.warnings).toEqual([]);
});
