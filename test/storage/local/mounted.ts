import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { messageOf } from '../../../src/core/errors.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { Found } from '../../support/tools.ts';

const run = promisify(execFile);

/** The path of a file system of its own, or of a directory that is mounted a second time, for the present test. */
export async function mounted(kind: 'tmpfs' | 'bind', options = 'rw'): Promise<Found<string>> {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0)
    return { reason: 'only root on Linux can mount' };
  const folder = await temporaryFolder();
  const [other, to] = [join(folder, 'other'), join(folder, 'to')];
  await mkdir(other);
  await mkdir(to);
  const args = kind === 'bind' ? ['--bind', other, to] : ['-t', 'tmpfs', '-o', options, 'holdfast-test', to];
  const failure = await run('mount', args).then(
    () => null,
    (error: unknown) => messageOf(error),
  );
  if (failure !== null) return { reason: failure };
  onTestFinished(() => run('umount', [to]).then(() => {}));
  return { value: to };
}
