import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { systemCodeOf } from '../../core/errors.ts';
import { stateFolder } from '../../core/state-folder.ts';

/**
 * Journals lie beside what they tell of, where whoever restores there again finds them. So that `restore --recover` finds
 * them without being told where, and whoever restores into another storage of the same restore does too, each has a pointer
 * in the user's state directory: a file with the address of the journal's store. A restore can do without.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

/** More than any address has. */
const MOST_BYTES = 1 << 16;

/** Keeps a pointer to the journal with a token. @param store its store's address. @throws the file system's error */
export async function addPointer(env: Environment, token: string, store: string): Promise<void> {
  const directory = pointerDirectory(env);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, token), `${store}\n`, { mode: 0o600 });
}

/** Removes a pointer, if there is one. */
export async function removePointer(env: Environment, token: string): Promise<void> {
  await rm(pathOfPointer(env, token), { force: true });
}

/** The addresses of the stores that the user's pointers lead to, by the tokens of the journals there. */
export async function readPointers(env: Environment): Promise<Map<string, string>> {
  const directory = pointerDirectory(env);
  const pointers = new Map<string, string>();
  for (const token of await namesIn(directory)) {
    if (!/^[0-9a-f]{12}$/.test(token)) continue;
    const address = await readPointer(join(directory, token));
    if (address !== null) pointers.set(token, address);
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
    const address = (await readFile(path, 'utf8')).trimEnd();
    return (isAbsolute(address) || address.includes('://')) && !address.includes('\0') ? address : null;
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

/** Where the pointer to the journal with a token lies. */
export function pathOfPointer(env: Environment, token: string): string {
  return join(pointerDirectory(env), token);
}

function pointerDirectory(env: Environment): string {
  return join(stateFolder(env), 'restores');
}
