import { HoldfastError } from '../core/errors.ts';
import { MYSQL_NOTE, MYSQL_SCRIPT } from './restore-mysql.ts';
import { FILES_NOTE, POSTGRES_NOTE } from './restore-note.ts';
import { FILES_SCRIPT, POSTGRES_SCRIPT } from './restore-script.ts';
import { SQLITE_NOTE, SQLITE_SCRIPT } from './restore-sqlite.ts';

/** What an archive carries so that it can be restored without this program. */
export interface RestoreKit {
  /** RESTORE.md. */
  readonly note: string;
  /** restore.sh. */
  readonly script: string;
}

/**
 * The kit for an archive with a database of `engine`, or without one.
 * @throws HoldfastError `failed` for an engine that has none
 */
export function restoreKit(engine: string | null): RestoreKit {
  if (engine === null) return { note: FILES_NOTE, script: FILES_SCRIPT };
  if (engine === 'postgres') return { note: POSTGRES_NOTE, script: POSTGRES_SCRIPT };
  if (engine === 'mysql') return { note: MYSQL_NOTE, script: MYSQL_SCRIPT };
  if (engine === 'sqlite') return { note: SQLITE_NOTE, script: SQLITE_SCRIPT };
  throw new HoldfastError('failed', `There are no instructions for restoring ${engine} by hand.`);
}
