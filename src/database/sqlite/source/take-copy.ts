import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { SourceOptions } from '../../engine.ts';
import { openFile, valueOf, whenFree } from '../file/connection.ts';
import { copyDatabase } from './copy.ts';
import { openForReading } from './open-database.ts';

/** How long a writer may keep us waiting, in milliseconds. */
const PATIENCE = 60_000;

/** Copies a database as it is at one moment, and leaves it as it was. */
export async function takeCopy(
  path: string,
  copy: string,
  { lockTimeout, reporter, signal }: SourceOptions,
): Promise<void> {
  const patience = lockTimeout ?? PATIENCE;
  const real = await realpath(path);
  const hadLog = existsSync(`${real}-wal`);
  const db = await openForReading(path, patience, signal);
  let isWal: boolean | undefined;
  try {
    isWal = valueOf(db, 'PRAGMA journal_mode') === 'wal';
    const pageSize = Number(valueOf(db, 'PRAGMA page_size'));
    if (isWal) {
      // Readers of a log hinder nobody; all of the copy is of this moment then.
      const begin = (): void => {
        db.exec('BEGIN');
        valueOf(db, 'SELECT count(*) FROM sqlite_schema');
      };
      await whenFree(begin, { path, milliseconds: patience, signal });
    }
    await copyDatabase(db, copy, { path, pageSize, patience, reporter, signal });
  } finally {
    db.close();
    if (isWal === true && !hadLog) tidy(path);
  }
}

/** Who only reads cannot remove the empty log that is made for him; where nobody else has it open, it goes as it came. */
function tidy(path: string): void {
  try {
    const db = openFile(path, { readOnly: false });
    valueOf(db, 'SELECT count(*) FROM sqlite_schema');
    db.close();
  } catch {
    // It hinders nobody.
  }
}
