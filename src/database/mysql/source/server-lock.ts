import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';

/** What says that an account may not do something: `ER_DBACCESS_DENIED_ERROR` and its like. */
const DENIED: ReadonlySet<number> = new Set([1044, 1045, 1142, 1227, 1290]);

/** How the server is kept from committing anything, for people. */
export function serverLockOf({ server }: Session): string {
  return server.flavor === 'mariadb' ? 'BACKUP STAGE BLOCK_COMMIT' : 'FLUSH TABLES WITH READ LOCK';
}

/**
 * Keeps the whole server from committing anything. MariaDB waits for commits that are under way; MySQL, for all statements, and
 * lets no other one begin that writes.
 * @returns false when the account may not
 * @throws what says that it was waited for in vain
 */
export async function lockServer(session: Session): Promise<boolean> {
  if (session.server.flavor === 'mysql') return mayRun(session, 'FLUSH TABLES WITH READ LOCK');
  return (await mayRun(session, 'BACKUP STAGE START')) && mayRun(session, 'BACKUP STAGE BLOCK_COMMIT');
}

/** Gives back what `lockServer` took, or a part of it. */
export async function unlockServer(session: Session): Promise<void> {
  if (session.server.flavor === 'mysql') return void (await session.run('UNLOCK TABLES'));
  try {
    await session.run('BACKUP STAGE END');
  } catch (error) {
    // There was none.
    if (!isServerError(error)) throw error;
  }
}

/**
 * Whether the server can be locked without holding up others for long. MySQL closes all tables for it: what a long statement
 * reads stays closed to everybody until that has ended, even when the lock is given up.
 * @param own connections that do not count
 */
export async function isServerQuiet(session: Session, own: ReadonlySet<string>): Promise<boolean> {
  if (session.server.flavor === 'mariadb') return true;
  const rows = await session.query(
    `SELECT ID AS id FROM information_schema.PROCESSLIST
    WHERE COMMAND IN ('Query', 'Execute') AND TIME >= 1 AND USER NOT IN ('system user', 'event_scheduler')`,
  );
  return rows.every((row) => own.has(row['id'] ?? ''));
}

/** What an account needs to lock the server: on MySQL it must see first whom that would hold up. */
export function serverLockRights({ server }: Session): readonly string[] {
  return server.flavor === 'mariadb' ? ['RELOAD'] : ['RELOAD', 'PROCESS'];
}

/** MySQL: keeps definitions of the whole server from being changed. @returns false when the account may not, or the server cannot */
export async function lockInstance(session: Session): Promise<boolean> {
  return session.server.flavor === 'mysql' && mayRun(session, 'LOCK INSTANCE FOR BACKUP');
}

export async function unlockInstance(session: Session): Promise<void> {
  if (session.server.flavor === 'mysql') await mayRun(session, 'UNLOCK INSTANCE');
}

/** Runs a statement; false when the account may not. */
async function mayRun(session: Session, sql: string): Promise<boolean> {
  try {
    await session.run(sql);
    return true;
  } catch (error) {
    if (isServerError(error) && DENIED.has(error.code)) return false;
    throw error;
  }
}
