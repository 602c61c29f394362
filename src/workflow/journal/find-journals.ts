import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { HoldfastError, messageOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import { findStorage } from '../../storage/registry.ts';
import { readJournal, readJournals, sweepHalfWritten, type JournalFile } from './journal-file.ts';
import { type Environment, readPointers, removePointer } from './pointers.ts';

/**
 * The journals of restores into any of these storages: of whatever user where they lie beside one of these, and of this user
 * where they lie beside another storage of the same restore.
 * @throws HoldfastError `refused` when one cannot be read or belongs to another user
 */
export async function journalsFor(
  locations: readonly string[],
  reporter: Reporter,
  env: Environment,
): Promise<JournalFile[]> {
  const found = new Map<string, JournalFile>();
  for (const location of locations) {
    const storage = await findStorage(location);
    for (const directory of await storage.journalDirectories(location)) {
      for await (const file of readJournals(directory, reporter)) {
        if (!(await concerns(file, location))) continue;
        if (file.stranger !== undefined) throw ofStranger(file, file.stranger);
        found.set(file.path, file);
      }
    }
  }
  if (locations.length === 0) return [];
  for (const file of await journalsOfUser(env, reporter, warnOf(reporter))) {
    for (const location of locations) if (await concerns(file, location)) found.set(file.path, file);
  }
  return [...found.values()];
}

async function concerns({ journal }: JournalFile, location: string): Promise<boolean> {
  const storage = await findStorage(location);
  for (const { kind, record } of journal.storages) {
    if (kind === storage.kind && (await storage.concerns(record, location))) return true;
  }
  return false;
}

function ofStranger({ path }: JournalFile, user: number): HoldfastError {
  return new HoldfastError(
    'refused',
    `A restore of another user (number ${user}) into the same place is unfinished; its journal is ${printable(path)}.`,
    {
      hint: `Run it as that user: sudo -u '#${user}' holdfast restore --recover; if that user never restored anything here, remove the file.`,
    },
  );
}

/** For those to whom a journal that cannot be read is none of their business, most likely. */
export function warnOf(reporter: Reporter): (error: unknown) => void {
  return (error) => reporter.warning(messageOf(error));
}

/**
 * The journals of all of this user's restores on this machine that are unfinished or still on, as far as pointers lead there.
 * @param onUnreadable called with the error for each that cannot be read
 */
export async function journalsOfUser(
  env: Environment,
  reporter: Reporter,
  onUnreadable: (error: unknown) => void,
): Promise<JournalFile[]> {
  const found: JournalFile[] = [];
  for (const [token, path] of await pointersOf(env, reporter)) {
    let file: JournalFile | undefined;
    try {
      file = await readJournal(path, reporter);
    } catch (error) {
      onUnreadable(error);
      continue;
    }
    if (file?.stranger !== undefined) continue;
    if (file?.journal.token === token) found.push(file);
    // A disk that is not mounted now may hold it.
    else if (existsSync(dirname(path))) {
      await sweepHalfWritten(dirname(path));
      await removePointer(env, token);
    }
  }
  return found;
}

async function pointersOf(env: Environment, reporter: Reporter): Promise<Map<string, string>> {
  try {
    return await readPointers(env);
  } catch (error) {
    reporter.warning(`Unfinished restores cannot be looked up: ${messageOf(error)}`);
    return new Map();
  }
}
