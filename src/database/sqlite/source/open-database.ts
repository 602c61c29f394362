import { access, constants, stat } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { HoldfastError, messageOf, systemCodeOf } from '../../../core/errors.ts';
import { pathFailure } from '../../../core/path-failure.ts';
import { printable } from '../../../core/printable.ts';
import { openFile, valueOf, whenFree } from '../file/connection.ts';
import { needsWriter } from '../file/errors.ts';
import { isWalFile } from '../file/header.ts';

/** The size of the file. @throws HoldfastError `failed` when there is none that could be a database */
export async function sizeOfDatabase(path: string): Promise<number> {
  const name = printable(path);
  let stats;
  try {
    stats = await stat(path);
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes(systemCodeOf(error) ?? '');
    const failure = pathFailure(error);
    const why = failure?.why ?? messageOf(error);
    const message = isMissing
      ? `There is no database ${name}.`
      : `The database ${name} cannot be read: ${why}.`;
    throw new HoldfastError('failed', message, {
      hint:
        failure?.hint ??
        'Give the path of one file: sqlite:PATH. A relative one begins in the working directory.',
      cause: error,
    });
  }
  if (!stats.isFile()) {
    throw new HoldfastError(
      'failed',
      `${name} is no file${stats.isDirectory() ? ', but a directory' : ''}.`,
      {
        hint: 'Give the path of the database file itself.',
      },
    );
  }
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw new HoldfastError('failed', `The database ${name} cannot be read: ${messageOf(error)}.`, {
      hint: 'Back up as a user who may read it.',
      cause: error,
    });
  }
  if (stats.size > 0) return stats.size;
  throw new HoldfastError('failed', `${name} is an empty file: no database was ever written to it.`, {
    hint: 'Check the path. SQLite makes such a file when an application opens a database that is not there.',
  });
}

/**
 * Opens a database to read it, and finds that it can be. It is only written where SQLite must: what a writer that crashed left
 * unfinished has to be finished, as every application would that opens it. Who may not write cannot tell a crashed writer's
 * journal from a busy one's, and hardly ever gets a turn: of a log he can make out more.
 * @throws HoldfastError `failed` when it cannot be read
 */
export async function openForReading(
  path: string,
  patience: number,
  signal: AbortSignal,
): Promise<DatabaseSync> {
  const tryOpen = (readOnly: boolean): Promise<DatabaseSync> =>
    whenFree(
      () => {
        const db = openFile(path, { readOnly });
        try {
          valueOf(db, 'SELECT count(*) FROM sqlite_schema');
          return db;
        } catch (error) {
          db.close();
          throw error;
        }
      },
      { path, milliseconds: patience, signal },
    );
  for (const readOnly of (await isWalFile(path)) ? [true, false] : [false]) {
    try {
      return await tryOpen(readOnly);
    } catch (error) {
      if (!(error instanceof HoldfastError) || !needsWriter(error.cause)) throw error;
    }
  }
  throw cannotWriteBeside(path);
}

function cannotWriteBeside(path: string): HoldfastError {
  const message =
    `The database ${printable(path)} uses a write-ahead log, or a writer that crashed left its journal: ` +
    'only who may write the file and its folder can read it now.';
  return new HoldfastError('failed', message, { hint: 'Back up as the user whose application writes it.' });
}
