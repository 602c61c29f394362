import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, messageOf } from '../../../core/errors.ts';
import { isOwnerGone } from '../../../core/owner-tag.ts';
import { printable } from '../../../core/printable.ts';
import type { ConnectOptions, RecoveredLoad } from '../../engine.ts';
import { openFile, valueOf } from '../file/connection.ts';
import { explain } from '../file/errors.ts';
import { parseLocation } from '../file/location.ts';
import { fileAt, findPlace, isSameFile, type Place } from './place.ts';
import { parseStagedName, removeStaged, SWITCHING } from './staged.ts';

/**
 * Finishes or undoes what loads left beside a database whose processes are gone.
 * @throws HoldfastError `failed` when that cannot be looked up
 */
export async function recover(
  options: ConnectOptions & { readonly dryRun: boolean },
): Promise<readonly RecoveredLoad[]> {
  const recovered: RecoveredLoad[] = [];
  const place = await findPlace(parseLocation(options.url));
  for (const name of await namesIn(place.folder)) {
    const parsed = parseStagedName(name, place.path);
    if (parsed === null || !isOwnerGone(parsed.owner)) continue;
    options.signal.throwIfAborted();
    const staged = join(place.folder, name);
    // In its place already, and only not yet without its first name.
    const isInPlace = isSameFile(fileAt(staged), place.file);
    if (!options.dryRun) await discard(staged, place);
    recovered.push({
      description: `a restore into ${printable(place.path)} that was cut off, with ${printable(name)}`,
      outcome: isInPlace ? 'committed' : 'rolled back',
    });
  }
  return recovered;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new HoldfastError(
      'failed',
      `Unfinished restores beside a database in ${printable(folder)} cannot be looked up: ${messageOf(cause)}.`,
      { hint: 'Run as a user who may list that folder.', cause },
    );
  }
}

/** Removes a file that takes no place any more, and leaves the database as it was. */
export async function discard(staged: string, place: Pick<Place, 'path' | 'file'>): Promise<void> {
  if (staged.endsWith(SWITCHING) && place.file !== null && place.file.bytes > 0) useLog(place.path);
  await removeStaged(staged.endsWith(SWITCHING) ? staged.slice(0, -SWITCHING.length) : staged);
}

function useLog(path: string): void {
  const db = openFile(path, { readOnly: false });
  try {
    // A journal that was only begun goes with this.
    if (existsSync(`${path}-journal`)) valueOf(db, 'PRAGMA journal_mode = DELETE');
    valueOf(db, 'PRAGMA journal_mode = WAL');
  } catch (error) {
    throw explain(error, path);
  } finally {
    db.close();
  }
}
