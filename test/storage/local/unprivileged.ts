import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Found } from '../../support/tools.ts';

/** The user that nothing belongs to; 65534 on every Linux. */
const NOBODY = 65_534;

/**
 * Runs `unprivileged-main.ts` as a user whom permissions bind: as the present one, or for root, whom none bind, as
 * nobody, to whom `folder` is given first. The result is its output.
 */
export async function asUnprivileged(folder: string, ...args: string[]): Promise<Found<string>> {
  if (process.platform === 'win32') return { reason: 'Windows has no permissions of this kind' };
  const program = join(import.meta.dirname, 'unprivileged-main.ts');
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) {
    const run = promisify(execFile);
    await run('chown', ['-R', `${NOBODY}:${NOBODY}`, folder]);
    const readable = await run(
      process.execPath,
      ['-e', `require('node:fs').accessSync(${JSON.stringify(program)})`],
      {
        uid: NOBODY,
        gid: NOBODY,
      },
    ).then(
      () => true,
      () => false,
    );
    if (!readable) return { reason: `root may read all, and nobody may not read ${dirname(program)}` };
  }
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
    cwd: folder,
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  return { value: stdout };
}
