import { constants } from 'node:fs';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { formatCount } from '../../core/format.ts';
import { printable } from '../../core/printable.ts';
import { thisProcess } from '../../core/process-identity.ts';
import { isOwnerGone, isOwnerRunning, ownerTag } from '../../core/owner-tag.ts';
import type { Reporter } from '../../core/reporter.ts';
import { syncFolder } from '../../core/sync-folder.ts';
import { decodeJournal, encodeJournal, type Journal, unreadable } from './journal.ts';

const NAME = /^\.holdfast-journal-([0-9a-f]{12})\.json$/;
/** A journal on its way to the disk, with its writer's tag. */
const TEMPORARY_NAME = /^(\.holdfast-journal-[0-9a-f]{12}\.json)\.(.+)\.tmp$/;

/** Journals have a few hundred bytes for each storage; what is larger is none. */
const MOST_BYTES = 1 << 20;

/** Of more files of others than these the first are named, and the rest counted. */
const NAMED = 5;

/** A journal with the file it lies in. */
export interface JournalFile {
  readonly path: string;
  readonly journal: Journal;
  /** Whose file it is, where it is another user's: a journal says what to move and remove, and could say anything then. */
  readonly stranger: number | undefined;
}

/** Where the journal with this token lies in a directory. */
export function journalPath(directory: string, token: string): string {
  return join(directory, `.holdfast-journal-${token}.json`);
}

/**
 * Writes a journal, or what has become of it, in one step: after a crash the file holds the old text or the new one.
 * @param mayWrite called at the last moment before the old text is replaced; what it throws is thrown
 * @throws HoldfastError `failed`
 */
export async function writeJournal(
  path: string,
  journal: Journal,
  mayWrite: () => Promise<void> = async () => {},
): Promise<JournalFile> {
  const temporary = `${path}.${ownerTag()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o644);
    try {
      await handle.writeFile(encodeJournal(journal));
      await handle.sync();
      await handle.close();
      await mayWrite();
      await rename(temporary, path);
      await syncFolder(dirname(path));
      return { path, journal, stranger: undefined };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    // Where one of that name was there before, this process is at it already.
    if (systemCodeOf(cause) !== 'EEXIST') await rm(temporary, { force: true }).catch(() => {});
    if (cause instanceof HoldfastError) throw cause;
    throw new HoldfastError('failed', `Cannot write the journal ${printable(path)}: ${messageOf(cause)}.`, {
      cause,
    });
  }
}

/**
 * Makes the journal of a process that is gone this process's own. Of several that try so at the same moment one at most
 * succeeds: each has its half-written journal there before it looks for those of others, and then looks at the journal
 * itself again.
 * @throws HoldfastError `refused` when another process is at it, or has been; `failed`
 */
export async function takeOverJournal(file: JournalFile, reporter: Reporter): Promise<void> {
  const { path, journal } = file;
  await writeJournal(path, { ...journal, process: thisProcess() }, async () => {
    for (const name of await namesIn(dirname(path))) {
      const [, of, writer = ''] = TEMPORARY_NAME.exec(name) ?? [];
      if (of !== basename(path) || writer === ownerTag() || isOwnerRunning(writer) !== true) continue;
      throw takenOver(path);
    }
    const present = await readJournal(path, reporter);
    if (present === undefined || encodeJournal(present.journal) !== encodeJournal(journal))
      throw takenOver(path);
  });
}

function takenOver(path: string): HoldfastError {
  return new HoldfastError(
    'refused',
    `Another process finishes or undoes the restore of the journal ${printable(path)}.`,
    { hint: 'Wait until it has ended, then try again.' },
  );
}

/** Removes a journal: the restore it tells of is over. */
export async function removeJournal(path: string): Promise<void> {
  await sweepHalfWritten(dirname(path));
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

/** Removes the half-written journals in a directory whose writers are gone. Returns the names of all that is there. */
export async function sweepHalfWritten(directory: string): Promise<string[]> {
  const names = await namesIn(directory);
  for (const name of names) {
    const writer = TEMPORARY_NAME.exec(name)?.[2];
    if (writer !== undefined && isOwnerGone(writer))
      await rm(join(directory, name), { force: true }).catch(() => {});
  }
  return names;
}

/**
 * The journals that lie in a directory, one at a time: whoever may write there may have put thousands there. Half-written
 * ones of processes that are gone are removed.
 * @throws HoldfastError `refused` when one of the user's own cannot be read
 */
export async function* readJournals(
  directory: string,
  reporter: Reporter,
): AsyncGenerator<JournalFile, void, void> {
  let strange = 0;
  for (const name of await sweepHalfWritten(directory)) {
    if (!NAME.test(name)) continue;
    const found = await read(join(directory, name));
    if (typeof found === 'object') yield found;
    if (typeof found !== 'string') continue;
    strange += 1;
    if (strange <= NAMED) reporter.warning(found);
  }
  if (strange > NAMED) {
    const more = formatCount(strange - NAMED, 'more file', 'more files');
    reporter.warning(`${more} in ${printable(directory)} with names of journals cannot be read either.`);
  }
}

/**
 * The journal at a path; undefined when there is none (any more), and for what another user made that is none.
 * @throws HoldfastError `refused` when one of the user's own cannot be read
 */
export async function readJournal(path: string, reporter: Reporter): Promise<JournalFile | undefined> {
  const found = await read(path);
  if (typeof found !== 'string') return found;
  reporter.warning(found);
  return undefined;
}

/** The same, with what there is to say of another user's that is none. */
async function read(path: string): Promise<JournalFile | string | undefined> {
  let handle: FileHandle;
  try {
    // A pipe would be waited for, and a link would lead anywhere.
    handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    return `${printable(path)}, perhaps the journal of another user's restore, cannot be read: ${messageOf(error)}`;
  }
  try {
    const stats = await handle.stat();
    const own = process.geteuid?.() ?? stats.uid;
    const stranger = stats.uid === own ? undefined : stats.uid;
    try {
      if (!stats.isFile() || stats.size > MOST_BYTES) throw unreadable(path);
      // Whoever owns it may make it longer now.
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(stats.size + 1), position: 0 });
      const journal = decodeJournal(buffer.toString('utf8', 0, bytesRead), path);
      // One that was moved here from elsewhere, or copied.
      if (journalPath(dirname(path), journal.token) !== path) throw unreadable(path);
      return { path, journal, stranger };
    } catch (error) {
      if (stranger === undefined) throw error;
      return `${printable(path)} of user ${stranger} is no journal that can be read: ${messageOf(error)}`;
    }
  } finally {
    await handle.close();
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    // What is not there, or may not be looked into, is for preflight to tell.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemCodeOf(error) ?? '')) return [];
    throw error;
  }
}
