import { backup, type DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '../../../core/errors.ts';
import { formatBytes } from '../../../core/format.ts';
import { printable } from '../../../core/printable.ts';
import type { Reporter } from '../../../core/reporter.ts';
import { explain, isBusy } from '../file/errors.ts';

/**
 * How much is copied in a step, and how often a copy may begin again because somebody wrote. Writers wait while a step is
 * copied, and at most that long: only where they never stop writing do they wait for the whole copy at last.
 */
const PACES: readonly { readonly bytes: number; readonly restarts: number }[] = [
  { bytes: 4 << 20, restarts: 3 },
  { bytes: 64 << 20, restarts: 3 },
  { bytes: Infinity, restarts: Infinity },
];

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
 * @throws HoldfastError `failed` when it is locked for too long; the signal's reason
 */
export async function copyDatabase(db: DatabaseSync, copy: string, options: CopyOptions): Promise<void> {
  // Waiting is done in another thread.
  db.exec(`PRAGMA busy_timeout = ${Math.min(BUSY_MILLISECONDS, options.patience)}`);
  for (const { bytes, restarts } of PACES) {
    const pages = bytes === Infinity ? ALL_PAGES : Math.max(1, Math.floor(bytes / options.pageSize));
    try {
      await copyWhenFree(db, copy, pages, restarts, options);
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof Hindrance)) throw explain(error, options.path);
      options.reporter.detail(`The database is written all the time: copying it in larger steps.`);
    }
  }
}

/** Begins again while somebody has the database locked just then. */
async function copyWhenFree(
  db: DatabaseSync,
  copy: string,
  rate: number,
  mostRestarts: number,
  options: CopyOptions,
): Promise<void> {
  const end = Date.now() + options.patience;
  for (;;) {
    options.signal.throwIfAborted();
    try {
      await copyAtPace(db, copy, rate, mostRestarts, options);
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
  mostRestarts: number,
  { path, pageSize, patience, reporter, signal }: CopyOptions,
): Promise<void> {
  let before = Infinity;
  let restarts = 0;
  let progressAt = Date.now();
  // What it throws ends the copy.
  const progress = ({ remainingPages, totalPages }: { remainingPages: number; totalPages: number }): void => {
    signal.throwIfAborted();
    if (remainingPages === before) {
      // Locked by others; it is tried again at once, and without end.
      if (Date.now() - progressAt > patience) throw locked(path, patience);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MILLISECONDS);
      return;
    }
    if (remainingPages > before) {
      restarts += 1;
      if (restarts > mostRestarts) throw new Hindrance();
    }
    before = remainingPages;
    progressAt = Date.now();
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
