import { execFileSync, spawnSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { Found } from '../support/tools.ts';

/** A folder on a disk of 1 MiB, for the test that runs now. */
export async function smallDisk(): Promise<Found<string>> {
  const folder = await temporaryFolder();
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { reason: 'only root can mount a small disk' };
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { encoding: 'utf8' });
  if (mount.status !== 0) return { reason: `no small disk can be mounted: ${mount.stderr}` };
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return { value: folder };
}

/** Runs `work` as a user whom permissions bind: as nobody, when the tests run as root. */
export async function withoutPrivileges<T>(folder: string, work: () => Promise<T>): Promise<Found<T>> {
  if (!process.seteuid || !process.geteuid) return { reason: 'this system has no user ids' };
  if (process.geteuid() !== 0) return { value: await work() };
  await chmod(folder, 0o755);
  process.seteuid('nobody');
  try {
    return { value: await work() };
  } finally {
    process.seteuid(0);
  }
}
