import { constants } from 'node:fs';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import { isOwnerGone, ownerTag } from '../../core/owner-tag.ts';
import type { Reporter } from '../../core/reporter.ts';
import { decodeJournal, encodeJournal, type Journal, unreadable } from './journal.ts';

const NAME = /^\.holdfast-journal-([0-9a-f]{12})\.json$/;
/** A journal on its way to the disk, with its writer's tag. */
const TEMPORARY_NAME = /^\.holdfast-journal-[0-9a-f]{12}\.json\.(.+)\.tmp$/;

/** Journals have a few hundred bytes for each storage; what is larger is none. */
const MOST_BYTES = 16 << 20;

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
 * @throws HoldfastError `failed`
 */
export async function writeJournal(path: string, journal: Journal): Promise<JournalFile> {
  const temporary = `${path}.${ownerTag()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o644);
    try {
      await handle.writeFile(encodeJournal(journal));
      await handle.sync();
      await handle.close();
      await rename(temporary, path);
      await syncDirectory(dirname(path));
      return { path, journal, stranger: undefined };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new HoldfastError('failed', `Cannot write the journal ${printable(path)}: ${messageOf(cause)}.`, {
      cause,
    });
  }
}

/** Removes a journal: the restore it tells of is over. */
export async function removeJournal(path: string): Promise<void> {
  await sweepHalfWritten(dirname(path));
  await rm(path, { force: true });
  await syncDirectory(dirname(path));
}

/** Removes the half-written journals in a directory whose writers are gone. Returns the names of all that is there. */
export async function sweepHalfWritten(directory: string): Promise<string[]> {
  const names = await namesIn(directory);
  for (const name of names) {
    const writer = TEMPORARY_NAME.exec(name)?.[1];
    if (writer !== undefined && isOwnerGone(writer))
      await rm(join(directory, name), { force: true }).catch(() => {});
  }
  return names;
}

/**
 * The journals that lie in a directory; half-written ones of processes that are gone are removed.
 * @throws HoldfastError `refused` when one of the user's own cannot be read
 */
export async function readJournals(directory: string, reporter: Reporter): Promise<JournalFile[]> {
  const found: JournalFile[] = [];
  for (const name of await sweepHalfWritten(directory)) {
    if (!NAME.test(name)) continue;
    const file = await readJournal(join(directory, name), reporter);
    if (file !== undefined) found.push(file);
  }
  return found;
}

/**
 * The journal at a path; undefined when there is none (any more), and for what another user made that is none.
 * @throws HoldfastError `refused` when one of the user's own cannot be read
 */
export async function readJournal(path: string, reporter: Reporter): Promise<JournalFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') {
      reporter.warning(
        `${printable(path)}, perhaps the journal of another user's restore, cannot be read: ${messageOf(error)}`,
      );
    }
    return undefined;
  }
  try {
    const { uid, size } = await handle.stat();
    const own = process.geteuid?.() ?? uid;
    const stranger = uid === own ? undefined : uid;
    try {
      if (size > MOST_BYTES) throw unreadable(path);
      const journal = decodeJournal(await handle.readFile('utf8'), path);
      // One that was moved here from elsewhere, or copied.
      if (journalPath(dirname(path), journal.token) !== path) throw unreadable(path);
      return { path, journal, stranger };
    } catch (error) {
      if (stranger === undefined) throw error;
      reporter.warning(
        `${printable(path)} of user ${stranger} is no journal that can be read: ${messageOf(error)}`,
      );
      return undefined;
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

/** Brings a rename in a directory to the disk; Windows cannot, and needs not. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle = await open(directory, 'r');
  await handle.sync();
}
