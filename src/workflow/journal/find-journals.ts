import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { HoldfastError, messageOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import { findStorage } from '../../storage/registry.ts';
import { readJournal, readJournals, sweepHalfWritten, type JournalFile } from './journal-file.ts';
import { type Environment, readPointers, removePointer } from './pointers.ts';

/**
 * The journals of restores into any of these storages, of whatever user.
 * @throws HoldfastError `refused` when one cannot be read or belongs to another user
 */
export async function journalsFor(locations: readonly string[], reporter: Reporter): Promise<JournalFile[]> {
  const found = new Map<string, JournalFile>();
  for (const location of locations) {
    const storage = await findStorage(location);
    for (const directory of await storage.journalDirectories(location)) {
      for (const file of await readJournals(directory, reporter)) {
        if (await concerns(file, location)) found.set(file.path, file);
      }
    }
  }
  for (const { path, stranger } of found.values()) {
    if (stranger === undefined) continue;
    throw new HoldfastError(
      'refused',
      `A restore of another user (number ${stranger}) into the same place is unfinished; its journal is ${printable(path)}.`,
      {
        hint: 'Run holdfast restore --recover as that user; if that user never restored anything here, remove the file.',
      },
    );
  }
  return [...found.values()];

  async function concerns({ journal }: JournalFile, location: string): Promise<boolean> {
    const storage = await findStorage(location);
    for (const { kind, record } of journal.storages) {
      if (kind === storage.kind && (await storage.concerns(record, location))) return true;
    }
    return false;
  }
}

/** The journals of all of this user's restores on this machine that are unfinished or still on, as far as pointers lead there. */
export async function journalsOfUser(env: Environment, reporter: Reporter): Promise<JournalFile[]> {
  const found: JournalFile[] = [];
  for (const [token, path] of await pointersOf(env, reporter)) {
    const file = await readJournal(path, reporter);
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
