import { chmodSync, chownSync, linkSync, renameSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { HoldfastError, systemCodeOf } from '../../../core/errors.ts';
import { formatCount } from '../../../core/format.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import { syncFolder } from '../../../core/sync-folder.ts';
import { openFile, valueOf } from '../file/connection.ts';
import { explain, isBusy } from '../file/errors.ts';
import { contentsOf } from './held.ts';
import { usersOf } from './in-use.ts';
import { besideDatabase, fileAt, isSameFile, type Place, type PlacedFile } from './place.ts';
import { SWITCHING } from './staged.ts';

/** Rights of a file that is new, before the umask. */
const NEW_MODE = 0o666;

/** Gives a file the rights and the owner of the one whose place it takes, and brings it to the disk. */
export async function finishFile(staged: string, old: PlacedFile | null): Promise<void> {
  const now = fileAt(staged);
  if (old !== null && (now?.uid !== old.uid || now.gid !== old.gid)) {
    try {
      chownSync(staged, old.uid, old.gid);
    } catch (error) {
      throw new HoldfastError('failed', `The new database cannot be given to the owner of the old one.`, {
        hint: `Restore as user ${old.uid} with group ${old.gid}, or as root.`,
        cause: error,
      });
    }
  }
  // Setting the owner takes rights away.
  chmodSync(staged, old?.mode ?? NEW_MODE & ~process.umask());
  await using file = await open(staged, 'r+');
  await file.sync();
}

/**
 * Puts a file in the place of a database, in one step. What lies beside the old one (journal, log) is brought into it and
 * removed before that, while nobody else can open it: at no moment lies a log or journal of one database beside another.
 * @throws HoldfastError `failed` when somebody uses the old one or it is no longer the same; it is as it was then
 */
export async function swapIn(staged: string, place: Place, reporter: Reporter): Promise<void> {
  const { path, folder, file } = place;
  if (!isSameFile(fileAt(path), file)) {
    throw new HoldfastError('failed', `Another file has come to ${printable(path)} meanwhile.`, {
      hint: 'Stop what uses the database, and try again.',
    });
  }
  if (file === null) await placeNew(staged, path);
  else if (contentsOf(place).isDamaged) await replaceDamaged(staged, path);
  else await replace(staged, path, reporter);
  await syncFolder(folder);
}

async function placeNew(staged: string, path: string): Promise<void> {
  await removeBeside(path);
  try {
    // Unlike a renaming it replaces nothing that comes at this very moment.
    linkSync(staged, path);
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') {
      throw new HoldfastError('failed', `A file has come to ${printable(path)} meanwhile.`, { cause: error });
    }
    // Not every file system has links.
    renameSync(staged, path);
    return;
  }
  rmSync(staged);
}

/** What SQLite cannot read it cannot lock either, and nothing beside it can be brought into it. */
async function replaceDamaged(staged: string, path: string): Promise<void> {
  const { processes } = await usersOf(path);
  if (processes.length > 0) throw inUse(path, processes);
  await removeBeside(path);
  renameSync(staged, path);
}

/** Removes what lies beside a database, so that not even a power failure brings it to the next one. */
async function removeBeside(path: string): Promise<void> {
  for (const beside of besideDatabase(path)) rmSync(beside, { force: true });
  await syncFolder(dirname(path));
}

async function replace(staged: string, path: string, reporter: Reporter): Promise<void> {
  const switching = `${staged}${SWITCHING}`;
  const db = openFile(path, { readOnly: false });
  let source = staged;
  let isSwitched = false;
  try {
    if (valueOf(db, 'PRAGMA journal_mode') === 'wal') {
      // Should we die before the new file is in its place, its name tells that the log is to be put back.
      await rename(staged, switching);
      source = switching;
      // Copies all of the log into the file, and removes it.
      isSwitched = valueOf(db, 'PRAGMA journal_mode = DELETE') === 'delete';
      if (!isSwitched) throw inUse(path, []);
    }
    db.exec('BEGIN EXCLUSIVE');
    const { processes, hidden } = await usersOf(path);
    if (processes.length > 0) throw inUse(path, processes);
    if (hidden > 0) {
      reporter.detail(
        `Whether ${formatCount(hidden, 'process', 'processes')} of other users have ${printable(path)} open cannot be seen.`,
      );
    }
    // The lock is ours: what still lies there is what a journal that is kept leaves, or somebody else's database.
    await removeBeside(path);
    renameSync(source, path);
  } catch (error) {
    if (isSwitched) putBackLog(db);
    if (source === switching) await rename(switching, staged).catch(() => rm(switching, { force: true }));
    throw isBusy(error) ? inUse(path, []) : explain(error, path);
  } finally {
    // Without a log and without changes of its own it removes nothing by name when it ends.
    db.close();
  }
}

function putBackLog(db: DatabaseSync): void {
  if (db.isTransaction) db.exec('ROLLBACK');
  valueOf(db, 'PRAGMA journal_mode = WAL');
}

/** @param processes what has it open, as far as that is known */
function inUse(path: string, processes: readonly string[]): HoldfastError {
  const by = processes.length === 0 ? 'by another process' : `by ${processes.join(', ')}`;
  return new HoldfastError('failed', `The database ${printable(path)} is in use ${by}.`, {
    hint: 'Stop what uses it, and try again.',
  });
}
