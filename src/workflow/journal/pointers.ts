import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { systemCodeOf } from '../../core/errors.ts';
import type { JournalStore } from '../../core/journal-store.ts';
import { isOwnerGone, ownerTag } from '../../core/owner-tag.ts';
import { stateFolder } from '../../core/state-folder.ts';

/**
 * Journals lie beside what they tell of, where whoever restores there again finds them. So that `restore --recover` finds
 * them without being told where, and whoever restores into another storage of the same restore does too, each has a pointer
 * in the user's state directory: a file with identity and address of the journal's store. A restore can do without.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

/** In a pointer, of a store that is not there. */
const NOWHERE = '-';

/** More than any address has. */
const MOST_BYTES = 1 << 16;

/** What a pointer says of the store that a journal lies in. */
export interface Pointer {
  readonly address: string;
  /** As `JournalStore.identity` gave it. */
  readonly identity: string;
}

/** Keeps a pointer to the journal with a token. @throws the file system's error */
export async function addPointer(env: Environment, token: string, store: JournalStore): Promise<void> {
  const directory = pointerDirectory(env);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `${token}.${ownerTag()}`);
  await writeFile(temporary, `${(await store.identity()) ?? NOWHERE} ${store.address}\n`, { mode: 0o600 });
  await rename(temporary, join(directory, token));
}

/** Removes a pointer, if there is one. */
export async function removePointer(env: Environment, token: string): Promise<void> {
  await rm(pathOfPointer(env, token), { force: true });
}

/** The user's pointers by the tokens of the journals that they lead to. What writers that are gone have left half-written is removed. */
export async function readPointers(env: Environment): Promise<Map<string, Pointer>> {
  const directory = pointerDirectory(env);
  const pointers = new Map<string, Pointer>();
  for (const name of await namesIn(directory)) {
    const [, token = '', writer] = /^([0-9a-f]{12})(?:\.(.*))?$/.exec(name) ?? [];
    if (writer !== undefined && isOwnerGone(writer)) await rm(join(directory, name), { force: true });
    if (token === '' || writer !== undefined) continue;
    const pointer = await readPointer(join(directory, token));
    if (pointer !== null) pointers.set(token, pointer);
  }
  return pointers;
}

/** Null for what is none: whoever else may write in that directory may have put anything there. */
async function readPointer(path: string): Promise<Pointer | null> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || stats.size > MOST_BYTES) return null;
    // As a power cut leaves it.
    if (stats.size === 0) await rm(path, { force: true });
    const [, identity, address] = /^(\d+|-) (.*)\n$/s.exec(await readFile(path, 'utf8')) ?? [];
    if (identity === undefined || address === undefined || address.includes('\0')) return null;
    return isAbsolute(address) || address.includes('://') ? { address, identity } : null;
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
