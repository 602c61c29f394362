import type { TargetOptions } from '../../engine.ts';
import type { Session } from '../connection/session.ts';
import type { PostgresFacts } from '../facts.ts';
import { clearDatabase, type Cleared } from './clear.ts';
import { isEmptyBut, noLongerEmpty } from './emptiness.ts';
import { speakLike } from './encodings.ts';
import { databaseSettings } from './former-settings.ts';
import type { LoadIdentity } from './load-record.ts';
import { TransactionLoad, type TransactionOptions } from './one-transaction.ts';
import { findPreinstalled } from './preinstalled.ts';

/**
 * How long to wait for each lock: an application that is being stopped is soon gone, one that is not has to be. Also while
 * the new is made: somebody may be about to make something of the same name.
 */
export const patienceSeconds = 30;

/** What a load begins with, whichever way it goes. */
export interface BeginOptions
  extends TargetOptions, Omit<TransactionOptions, 'record' | 'room' | 'formerSettings'> {
  readonly target: PostgresFacts;
  readonly identity: LoadIdentity;
}

/** Begins a load in one transaction of the session. */
export async function beginTransaction(session: Session, options: BeginOptions): Promise<TransactionLoad> {
  const { target, archived, identity } = options;
  // Whatever default_transaction_isolation and default_transaction_read_only say.
  await session.run('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
  // A commit is to be on disk when it returns, also where the server's settings would not wait.
  await session.query(`SELECT pg_catalog.set_config('synchronous_commit', 'local', true)
    WHERE pg_catalog.current_setting('synchronous_commit') = 'off'`);
  await session.run(`SET LOCAL lock_timeout = '${patienceSeconds}s'`);
  const [row] = await session.query(
    'SELECT pg_catalog.pg_current_xact_id()::text AS id, pg_catalog.pg_backend_pid()::text AS process',
  );
  const formerSettings = options.replace ? await databaseSettings(session) : [];
  const room = await makeRoom(session, options);
  await speakLike(session, target, archived);
  return new TransactionLoad(session, {
    ...options,
    room,
    formerSettings,
    record: { ...identity, transaction: row?.['id'] ?? '', process: row?.['process'] ?? '' },
  });
}

/** Clears the database, or makes sure that there is nothing in it. */
async function makeRoom(session: Session, options: BeginOptions): Promise<Cleared> {
  const { target, archived, replace } = options;
  if (replace) {
    const extensions = archived.requires?.extensions.map(({ name }) => name) ?? [];
    return clearDatabase(session, { ...options, version: target.versionNumber, extensions });
  }
  // Preflight has looked, and that was long ago.
  const room = await findPreinstalled(session);
  if (await isEmptyBut(room, session, target, options)) return room;
  await session.run('ROLLBACK');
  throw noLongerEmpty(target);
}
