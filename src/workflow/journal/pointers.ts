import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { systemCodeOf } from '../../core/errors.ts';

/**
 * Journals lie beside what they tell of, where whoever restores there again finds them. So that `restore --recover` finds
 * them without being told where, and whoever restores into another storage of the same restore does too, each has a pointer
 * in the user's state directory: a file with its path. A restore can do without.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

/** More than any path has. */
const MOST_BYTES = 1 << 16;

/** Keeps a pointer to a journal. @throws the file system's error */
export async function addPointer(env: Environment, token: string, journal: string): Promise<void> {
  const directory = pointerDirectory(env);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, token), `${journal}\n`, { mode: 0o600 });
}

/** Removes a pointer, if there is one. */
export async function removePointer(env: Environment, token: string): Promise<void> {
  await rm(join(pointerDirectory(env), token), { force: true });
}

/** The paths of the journals that the user's pointers lead to, by token. */
export async function readPointers(env: Environment): Promise<Map<string, string>> {
  const directory = pointerDirectory(env);
  const pointers = new Map<string, string>();
  for (const token of await namesIn(directory)) {
    if (!/^[0-9a-f]{12}$/.test(token)) continue;
    const path = await readPointer(join(directory, token));
    if (path !== null) pointers.set(token, path);
  }
  return pointers;
}

/** Null for what is none: whoever else may write in that directory may have put anything there. */
async function readPointer(path: string): Promise<string | null> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || stats.size > MOST_BYTES) return null;
    if (stats.size === 0) {
      // Its writer was killed in between.
      await rm(path, { force: true });
      return null;
    }
    const journal = (await readFile(path, 'utf8')).trimEnd();
    return isAbsolute(journal) && !journal.includes('\0') ? journal : null;
  } catch {
    return null;
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Source: the XDG Base Directory Specification; on Windows the folder for what programs keep on this machine. */
function pointerDirectory(env: Environment): string {
  const state = env['XDG_STATE_HOME'] || (process.platform === 'win32' && env['LOCALAPPDATA']);
  return join(state || join(env['HOME'] || homedir(), '.local', 'state'), 'holdfast', 'restores');
}
