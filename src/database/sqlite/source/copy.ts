import { backup, DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '../../../core/errors.ts';
import { formatBytes } from '../../../core/format.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import { withParameter } from '../file/connection.ts';
import { isBusy } from '../file/errors.ts';

/**
 * How much is copied in a step. Writers wait while a step is copied, and at most that long: only where they never stop writing
 * do they wait for the whole copy at last.
 */
const PACES: readonly number[] = [4 << 20, 64 << 20, Infinity];

/** How often at each pace others may write, so that it begins again, or have the database locked. */
const MOST_HINDRANCES = 3;

/** As many pages as no file has. */
const ALL_PAGES = 0x7fffffff;

const WAIT_MILLISECONDS = 10;

/** How long SQLite itself waits for a lock at a time: while it does, an interruption has to wait too. */
const BUSY_MILLISECONDS = 1000;

export interface CopyOptions {
  /** The database's, for messages. */
  readonly path: string;
  readonly pageSize: number;
  /** How long another process may keep us from reading. */
  readonly patience: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Why a copy is stopped from within. */
class Hindrance extends Error {}

/**
 * Copies what a database holds at one moment into a new file, by SQLite's online backup. A connection that is in a read
 * transaction is copied as of that.
 * @throws HoldfastError `failed` when it is locked for too long; what SQLite says; the signal's reason
 */
export async function copyDatabase(db: DatabaseSync, copy: string, options: CopyOptions): Promise<void> {
  // Waiting is done in another thread.
  db.exec(`PRAGMA busy_timeout = ${Math.min(BUSY_MILLISECONDS, options.patience)}`);
  // What connections with a shared cache are told holds for the one that Node makes for the copy as well.
  const shared = withParameter(copy, 'cache', 'shared');
  const settings = new DatabaseSync(shared);
  try {
    // Nobody wants it after a power failure.
    settings.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY');
    await copyAtAnyPace(db, shared, options);
  } finally {
    settings.close();
  }
}

async function copyAtAnyPace(db: DatabaseSync, copy: string, options: CopyOptions): Promise<void> {
  for (const bytes of PACES) {
    const pages = bytes === Infinity ? ALL_PAGES : Math.max(1, Math.floor(bytes / options.pageSize));
    try {
      await copyWhenFree(db, copy, pages, options);
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof Hindrance)) throw error;
      options.reporter.detail(`The database is written all the time: copying it in larger steps.`);
    }
  }
}

/** Begins again while somebody has the database locked just then. */
async function copyWhenFree(
  db: DatabaseSync,
  copy: string,
  rate: number,
  options: CopyOptions,
): Promise<void> {
  const end = Date.now() + options.patience;
  for (;;) {
    options.signal.throwIfAborted();
    try {
      await copyAtPace(db, copy, rate, options);
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (Date.now() >= end) throw locked(options.path, options.patience);
      await sleep(WAIT_MILLISECONDS);
    }
  }
}

async function copyAtPace(
  db: DatabaseSync,
  copy: string,
  rate: number,
  { pageSize, reporter, signal }: CopyOptions,
): Promise<void> {
  let before = Infinity;
  let hindrances = 0;
  // What it throws ends the copy.
  const progress = ({ remainingPages, totalPages }: { remainingPages: number; totalPages: number }): void => {
    signal.throwIfAborted();
    if (remainingPages >= before) {
      // Not a page further: also when it began again in its first step. All in one step is never hindered once it began.
      hindrances += 1;
      if (hindrances > MOST_HINDRANCES) throw new Hindrance();
    }
    before = remainingPages;
    reporter.progress(0, `${formatBytes((totalPages - remainingPages) * pageSize)} copied`);
  };
  await backup(db, copy, { rate, progress });
}

function locked(path: string, patience: number): HoldfastError {
  return new HoldfastError(
    'failed',
    `The database ${printable(path)} has been locked by another process for ${patience / 1000} s.`,
    { hint: 'Try again when it is done, or wait longer: --lock-timeout.' },
  );
}
