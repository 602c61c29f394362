import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { memoryRoot } from '../support/memory-root.ts';

const run = promisify(execFile);

/** The account a server runs under. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
  /** True when this is not the account of the test itself, so that files must be handed over to it. */
  readonly foreign: boolean;
}

/** The account for a server: one's own, or (database servers refuse to run as root) that of `postgres` or `nobody`. */
export function serverUser(): ServerUser {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || gid === undefined) throw new Error('test servers need a Unix system');
  if (uid !== 0) return { uid, gid, foreign: false };
  const accounts = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map((fields) => [fields[0] ?? '', { uid: Number(fields[2]), gid: Number(fields[3]), foreign: true }]),
  );
  const user = accounts.get('postgres') ?? accounts.get('nobody');
  if (user === undefined)
    throw new Error('root finds neither postgres nor nobody in /etc/passwd to run a server as');
  return user;
}

/** Whether an account that owns nothing here can read `path` and pass all folders above it. */
export async function isReadableByAll(path: string): Promise<boolean> {
  const real = await realpath(path);
  const { mode } = statSync(real);
  if ((mode & 0o004) === 0) return false;
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** A folder for temporary files that `user` can reach: TMPDIR may be private to the account of the test. */
export async function temporaryRoot(user: ServerUser): Promise<string> {
  const usual = await realpath(tmpdir());
  return !user.foreign || (await isReadableByAll(usual)) ? usual : '/tmp';
}

/** The folder for the data of servers: in memory where that can be, as PostgreSQL makes some 300 files for each new database. */
export async function serverRoot(user: ServerUser): Promise<string> {
  return (await memoryRoot()) ?? temporaryRoot(user);
}

/** Gives everything under `folder` to `user`. */
export async function handOver(folder: string, user: ServerUser): Promise<void> {
  if (user.foreign) await run('chown', ['-R', `${user.uid}:${user.gid}`, folder]);
}
