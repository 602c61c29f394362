import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { printable } from '../../../core/printable.ts';
import { openFile, valueOf } from '../file/connection.ts';
import { explain, isBusy } from '../file/errors.ts';
import { fileAt } from './place.ts';

/** What uses a file, for people; and how many processes may not be looked into. */
export interface Users {
  readonly processes: readonly string[];
  readonly hidden: number;
}

/**
 * The other processes that have a file open. An idle connection holds no lock, so only the system knows of it; Linux tells, of
 * the processes that one may look into.
 */
export async function usersOf(path: string): Promise<Users> {
  const file = fileAt(path);
  const processes: string[] = [];
  let hidden = 0;
  if (file === null || process.platform !== 'linux') return { processes, hidden };
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue;
    const folder = join('/proc', pid, 'fd');
    let descriptors: string[];
    try {
      descriptors = await readdir(folder);
    } catch {
      hidden += 1;
      continue;
    }
    for (const descriptor of descriptors) {
      const stats = await stat(join(folder, descriptor), { bigint: true }).catch(() => null);
      if (stats === null || String(stats.ino) !== file.inode || String(stats.dev) !== file.device) continue;
      const command = await readFile(join('/proc', pid, 'comm'), 'utf8').catch(() => '');
      processes.push(`${printable(command.trim())} (process ${pid})`);
      break;
    }
  }
  return { processes, hidden };
}

/** Whether another connection holds a lock on a database. Nothing is written. */
export function isLocked(path: string): boolean {
  let db: DatabaseSync | undefined;
  try {
    db = openFile(path, { readOnly: false });
    // In a log's mode it shuts readers out as well, from the first look at the file on.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    valueOf(db, 'SELECT count(*) FROM sqlite_schema');
    db.exec('BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw explain(error, path);
  } finally {
    db?.close();
  }
}
