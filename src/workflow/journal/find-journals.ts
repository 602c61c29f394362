import { HoldfastError, messageOf } from '../../core/errors.ts';
import type { JournalRecord } from '../../core/journal-record.ts';
import type { JournalStore } from '../../core/journal-store.ts';
import { printable } from '../../core/printable.ts';
import type { Reporter } from '../../core/reporter.ts';
import { findStorage } from '../../storage/registry.ts';
import type { Storage } from '../../storage/storage.ts';
import { type Environment, pathOfPointer, type Pointer, readPointers, removePointer } from './pointers.ts';
import { readJournal, readJournals, type StoredJournal } from './stored-journal.ts';

/** What a search for journals needs to know. */
export interface SearchOptions {
  readonly env: Environment;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * The journals of restores into any of these storages: of whatever user where they lie beside one of these, and of this user
 * where they lie beside another storage of the same restore.
 * @throws HoldfastError `refused` when one cannot be read, belongs to another user, or knows the place by another name
 */
export async function journalsFor(
  locations: readonly string[],
  options: SearchOptions,
): Promise<StoredJournal[]> {
  const { reporter } = options;
  const found = new Map<string, StoredJournal>();
  for (const location of locations) {
    const storage = await findStorage(location);
    for (const store of await storage.journalStores(location, options)) {
      for await (const stored of readJournals(store, reporter)) {
        if (!(await concerns(stored, location))) {
          if (await concernsOtherwise(stored, location)) throw ofOtherName(stored);
          continue;
        }
        if (stored.stranger !== null) throw ofStranger(stored, stored.stranger);
        found.set(stored.address, stored);
      }
    }
  }
  if (locations.length === 0) return [];
  for (const stored of await journalsOfUser(options, warnOf(reporter))) {
    for (const location of locations) if (await concerns(stored, location)) found.set(stored.address, stored);
  }
  return [...found.values()];
}

/** A host or a container may reach a place by another endpoint or path than this one does. */
function ofOtherName({ address, journal }: StoredJournal): HoldfastError {
  const names = journal.storages.map(({ name }) => printable(name)).join(', ');
  return new HoldfastError(
    'refused',
    `A restore begun ${journal.started} is unfinished, and names this place otherwise (${names}); its journal is ${printable(address)}.`,
    {
      hint: 'Finish or undo it by the name that it knows: holdfast restore --recover --storage LOCATION',
    },
  );
}

function concerns(stored: StoredJournal, location: string): Promise<boolean> {
  return someRecord(stored, location, (storage, record) => storage.concerns(record, location));
}

function concernsOtherwise(stored: StoredJournal, location: string): Promise<boolean> {
  return someRecord(stored, location, (storage, record) => storage.concernsOtherwise(record, location));
}

/** Whether a record of the kind of storage that is at a location passes a test. */
async function someRecord(
  { journal }: StoredJournal,
  location: string,
  test: (storage: Storage, record: JournalRecord) => Promise<boolean>,
): Promise<boolean> {
  const storage = await findStorage(location);
  for (const { kind, record } of journal.storages) {
    if (kind === storage.kind && (await test(storage, record))) return true;
  }
  return false;
}

function ofStranger({ address }: StoredJournal, user: number): HoldfastError {
  return new HoldfastError(
    'refused',
    `A restore of another user (number ${user}) into the same place is unfinished; its journal is ${printable(address)}.`,
    {
      hint: `Run it as that user: sudo -u '#${user}' holdfast restore --recover; if that user never restored anything here, remove the file.`,
    },
  );
}

/** Is told of a journal that cannot be read, and of the pointer that leads there. */
type OnUnreadable = (error: unknown, pointer: string) => void;

/** For those to whom a journal that cannot be read is none of their business, most likely. */
export function warnOf(reporter: Reporter): OnUnreadable {
  return (error, pointer) =>
    reporter.warning(
      `Whether a restore of yours is unfinished cannot be looked up (${messageOf(error).replace(/\.$/, '')}). ` +
        `If that place is gone for good, remove ${printable(pointer)}`,
    );
}

/**
 * The journals of all of this user's restores on this machine that are unfinished or still on, as far as pointers lead there.
 */
export async function journalsOfUser(
  options: SearchOptions,
  onUnreadable: OnUnreadable,
): Promise<StoredJournal[]> {
  const { env, reporter } = options;
  const found: StoredJournal[] = [];
  for (const [token, { address, identity }] of await pointersOf(env, reporter)) {
    try {
      const store = await (await findStorage(address)).openJournalStore(address, options);
      const stored = await readJournal(store, token);
      if (stored?.stranger === null) found.push({ ...stored, isOwn: true });
      if (stored !== undefined) continue;
      // A disk that is not mounted now may hold it.
      if ((await store.identity()) !== identity) throw notThere(store, pathOfPointer(env, token));
      // Half-written ones are removed there.
      if (!(await store.tokens()).includes(token)) await removePointer(env, token);
    } catch (error) {
      options.signal.throwIfAborted();
      onUnreadable(error, pathOfPointer(env, token));
    }
  }
  return found;
}

function notThere({ address }: JournalStore, pointer: string): HoldfastError {
  return new HoldfastError(
    'refused',
    `${printable(address)} is not the directory that a restore of yours was begun in, and that may be unfinished.`,
    {
      hint: `Mount its disk, then run holdfast restore --recover. If that place is gone for good, remove ${printable(pointer)}`,
    },
  );
}

async function pointersOf(env: Environment, reporter: Reporter): Promise<Map<string, Pointer>> {
  try {
    return await readPointers(env);
  } catch (error) {
    reporter.warning(`Unfinished restores cannot be looked up: ${messageOf(error)}`);
    return new Map();
  }
}
