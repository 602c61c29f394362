import { HoldfastError } from '../../../../core/errors.ts';
import { nameList } from '../../../../core/name-lists.ts';
import { printable } from '../../../../core/printable.ts';
import { isServerError, type ServerError, serverMessage } from '../../connection/failure.ts';
import type { Row, Session } from '../../connection/session.ts';
import { findPreparedTransactions } from '../../preflight/prepared-transactions.ts';
import { findServerLock } from '../../preflight/server-lock.ts';
import { quoteText } from '../../catalog/literals.ts';

const connectionsToName = 5;

/** The errors of a lock that was not given: it took too long, or two waited for each other. */
export function isLockError(error: unknown): error is ServerError {
  return isServerError(error) && [1205, 1213].includes(error.code);
}

/** For how long a session waits for each lock, those of InnoDB too: its default is for rows, and another one. */
export function patienceSettings(seconds: number): string {
  return `SET SESSION lock_wait_timeout = ${seconds}, innodb_lock_wait_timeout = ${seconds}`;
}

/**
 * Waits until the server lets anything be made and dropped, in whatever database.
 * @param patienceSeconds for all later locks of the session as well
 * @throws HoldfastError `failed` when a backup, of any database, keeps it from that
 */
export async function awaitServer(session: Session, patienceSeconds: number): Promise<void> {
  const locked = await findServerLock(session, patienceSeconds);
  if (locked === null) return;
  throw new HoldfastError('failed', `${locked.message.replace(/^t/, 'T')}.`, {
    hint: `Nothing was changed: ${locked.hint}.`,
  });
}

/** The failure of a wait for locks on what a database holds, naming who is in the way as far as the server tells. */
export async function blockedFailure(
  session: Session,
  database: string,
  cause: ServerError,
): Promise<HoldfastError> {
  const holders = await findHolders(session, database);
  const who = holders.slice(0, connectionsToName).map(describe);
  if (holders.length > connectionsToName) who.push(`and ${holders.length - connectionsToName} more`);
  const prepared = await findPreparedTransactions(session);
  if (prepared.length > 0) who.push(`perhaps prepared XA transactions: ${nameList(prepared)}`);
  const message =
    who.length > 0
      ? `Others hold locks on what the database holds: ${who.join('; ')}.`
      : `Others hold locks on what the database holds: ${serverMessage(cause)}.`;
  return new HoldfastError('failed', message, {
    hint:
      'Stop the application, then try again; nothing was changed. SHOW PROCESSLIST shows connections, KILL with its number ends one.' +
      (prepared.length > 0
        ? ' XA RECOVER shows prepared transactions, XA COMMIT or XA ROLLBACK ends one.'
        : ''),
    cause,
  });
}

/** Whoever holds a lock in the database; where the server does not tell, whoever has a transaction or uses the database. */
async function findHolders(session: Session, database: string): Promise<Row[]> {
  const columns = 'p.ID AS id, p.USER AS user, p.HOST AS host, p.COMMAND AS command, p.TIME AS seconds';
  const processes = 'FROM information_schema.PROCESSLIST AS p';
  const locks =
    session.server.flavor === 'mysql'
      ? `SELECT DISTINCT ${columns} ${processes} JOIN performance_schema.threads AS t ON t.PROCESSLIST_ID = p.ID
          JOIN performance_schema.metadata_locks AS l ON l.OWNER_THREAD_ID = t.THREAD_ID
        WHERE l.OBJECT_SCHEMA = ${quoteText(database)} AND l.OBJECT_NAME IS NOT NULL AND l.LOCK_STATUS = 'GRANTED'`
      : `SELECT DISTINCT ${columns} ${processes} JOIN information_schema.METADATA_LOCK_INFO AS l ON l.THREAD_ID = p.ID
        WHERE l.TABLE_SCHEMA = ${quoteText(database)} AND l.TABLE_NAME <> ''`;
  const transactions = `SELECT DISTINCT ${columns} ${processes} JOIN information_schema.INNODB_TRX AS t ON t.trx_mysql_thread_id = p.ID
    WHERE (p.DB = ${quoteText(database)} OR p.DB IS NULL)`;
  const users = `SELECT ${columns} ${processes} WHERE p.DB = ${quoteText(database)}`;
  for (const sql of [locks, transactions, users]) {
    try {
      const others = await session.query(
        `SELECT * FROM (${sql}) AS holders WHERE id <> CONNECTION_ID() ORDER BY seconds DESC`,
      );
      if (others.length > 0) return others;
    } catch (error) {
      // The account may not ask, or the server has no such table.
      if (!isServerError(error)) throw error;
    }
  }
  return [];
}

function describe({ id, user, host, command, seconds }: Row): string {
  return `connection ${id} of ${printable(user ?? '')} from ${printable(host ?? '')} (${command}, ${seconds} s)`;
}
