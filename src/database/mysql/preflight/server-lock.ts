import { printable } from '../../../core/printable.ts';
import type { Problem } from '../../../core/problem.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { attempt, nameOfNoDatabase } from './attempt.ts';

/** `ER_LOCK_WAIT_TIMEOUT`. */
const LOCK_WAIT_TIMEOUT = 1205;

/**
 * What keeps the whole server from making and dropping anything, in any database: the lock of a backup, with who holds it as far as the
 * server tells. Null where nothing does.
 * @param patienceSeconds how long the session waits for it, at least 1; for all its later locks as well
 */
export async function findServerLock(session: Session, patienceSeconds: number): Promise<Problem | null> {
  await session.run(`SET SESSION lock_wait_timeout = ${patienceSeconds}`);
  const error = await attempt(session, `DROP TABLE ${nameOfNoDatabase()}.attempt`);
  if (error?.code !== LOCK_WAIT_TIMEOUT) return null;
  const holders = await findHolders(session);
  const locks =
    session.server.flavor === 'mysql'
      ? 'LOCK INSTANCE FOR BACKUP or FLUSH TABLES WITH READ LOCK, as backups run them'
      : 'BACKUP STAGE or FLUSH TABLES WITH READ LOCK, as backups run them';
  return {
    message: `the target server lets nobody make or drop anything at the moment, in any database: ${
      holders.length > 0 ? holders.join(', ') : 'a connection'
    } holds it locked (${locks})`,
    hint: 'wait until that backup has ended; SHOW PROCESSLIST shows connections, KILL with its number ends one',
  };
}

/** MySQL tells an account with SELECT on performance_schema. */
async function findHolders(session: Session): Promise<string[]> {
  if (session.server.flavor !== 'mysql') return [];
  try {
    const rows = await session.query(
      `SELECT DISTINCT t.PROCESSLIST_ID AS id, t.PROCESSLIST_USER AS user, t.PROCESSLIST_HOST AS host
      FROM performance_schema.metadata_locks AS l JOIN performance_schema.threads AS t ON t.THREAD_ID = l.OWNER_THREAD_ID
      WHERE l.OBJECT_TYPE IN ('BACKUP LOCK', 'GLOBAL') AND l.LOCK_TYPE = 'SHARED' AND l.LOCK_STATUS = 'GRANTED'`,
    );
    return rows.map(({ id, user, host }) =>
      printable(`connection ${id} of ${user ?? ''} from ${host ?? 'this host'}`),
    );
  } catch (error) {
    if (isServerError(error)) return [];
    throw error;
  }
}
