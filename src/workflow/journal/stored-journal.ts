import { HoldfastError, messageOf } from '../../core/errors.ts';
import { formatCount } from '../../core/format.ts';
import { printable } from '../../core/printable.ts';
import { thisProcess } from '../../core/process-identity.ts';
import type { Reporter } from '../../core/reporter.ts';
import type { JournalStore } from '../../core/journal-store.ts';
import { decodeJournal, encodeJournal, type Journal, unreadable } from './journal.ts';

/** Of more journals of others than these that cannot be read the first are named, and the rest counted. */
const NAMED = 5;

/** A journal with the store it lies in. */
export interface StoredJournal {
  readonly store: JournalStore;
  /** Where it lies, for people; no two journals lie at one. */
  readonly address: string;
  readonly journal: Journal;
  /** The journal as it is spelled there. */
  readonly text: string;
  /** The other user whose file it is, or null. */
  readonly stranger: number | null;
  /** True when this user wrote it: the file is the user's own, or a pointer of the user leads to it. */
  readonly isOwn: boolean;
}

/** Writes a journal, or what has become of it. @throws HoldfastError `failed` */
export async function writeJournal(store: JournalStore, journal: Journal): Promise<StoredJournal> {
  const address = store.addressOf(journal.token);
  let text;
  try {
    text = encodeJournal(journal);
  } catch (cause) {
    throw new HoldfastError(
      'failed',
      `Cannot write the journal ${printable(address)}: ${messageOf(cause)}.`,
      {
        cause,
      },
    );
  }
  await store.write(journal.token, text);
  return { store, address, journal, text, stranger: null, isOwn: true };
}

/**
 * Makes the journal of a process that is gone this process's own.
 * @throws HoldfastError `refused` when another process is at it, or has been; `failed`
 */
export async function takeOverJournal({ store, journal, text }: StoredJournal): Promise<void> {
  await store.takeOver(journal.token, text, encodeJournal({ ...journal, process: thisProcess() }));
}

/**
 * The journals that lie in a store, one at a time: whoever may write there may have put thousands there.
 * @throws HoldfastError `refused` when one that may be the user's own cannot be read
 */
export async function* readJournals(
  store: JournalStore,
  reporter: Reporter,
): AsyncGenerator<StoredJournal, void, void> {
  let strange = 0;
  for (const token of await store.tokens()) {
    const found = await read(store, token);
    if (typeof found === 'object') yield found;
    if (typeof found !== 'string') continue;
    strange += 1;
    if (strange <= NAMED) reporter.warning(found);
  }
  if (strange > NAMED) {
    const more = formatCount(strange - NAMED, 'more file', 'more files');
    reporter.warning(`${more} in ${printable(store.address)} with names of journals cannot be read either.`);
  }
}

/**
 * The journal with a token; undefined when there is none (any more).
 * @throws HoldfastError `refused` when it cannot be read
 */
export async function readJournal(store: JournalStore, token: string): Promise<StoredJournal | undefined> {
  const found = await read(store, token);
  if (typeof found !== 'string') return found;
  throw new HoldfastError('refused', `${found.replace(/\.$/, '')}.`);
}

/** The same, with what there is to say of another user's that is none. */
async function read(store: JournalStore, token: string): Promise<StoredJournal | string | undefined> {
  const found = await store.read(token);
  if (found === null) return undefined;
  if ('closed' in found) return found.closed;
  const { text, stranger } = found;
  const address = store.addressOf(token);
  try {
    const journal = decodeJournal(text, address);
    // One that was moved here from elsewhere, or copied.
    if (journal.token !== token) throw unreadable(address);
    return { store, address, journal, text, stranger, isOwn: stranger === null && !store.isShared };
  } catch (error) {
    if (stranger === null) throw error;
    return `${printable(address)} of user ${stranger} is no journal that can be read: ${messageOf(error)}`;
  }
}
