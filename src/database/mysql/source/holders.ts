import { printable } from '../../../core/printable.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';

const mostHolders = 5;

/** Commands of connections that hold up nobody. */
const HARMLESS: ReadonlySet<string> = new Set(['Sleep', 'Daemon', 'Binlog Dump', 'Binlog Dump GTID']);

/** Who keeps a backup from its locks, for a message, as far as the server tells an account like ours. */
export async function describeHolders(session: Session, own: ReadonlySet<string>): Promise<string> {
  const holders = [...(await lockHolders(session, own)), ...(await busyConnections(session, own))];
  const lines = [...new Map(holders.map((holder) => [holder.id, holder.line])).values()].slice(
    0,
    mostHolders,
  );
  if (lines.length > 0) return printable(`${lines.join('; ')}.`);
  return 'the server does not tell who holds the lock (SHOW PROCESSLIST as an account with PROCESS may).';
}

interface Holder {
  readonly id: string;
  readonly line: string;
}

/** Connections with a lock that keeps the whole server, or a table of the database, from being locked or read: MySQL only. */
async function lockHolders(session: Session, own: ReadonlySet<string>): Promise<Holder[]> {
  if (session.server.flavor === 'mariadb') return [];
  try {
    const rows = await session.query(`
      SELECT DISTINCT t.PROCESSLIST_ID AS id, t.PROCESSLIST_USER AS user, t.PROCESSLIST_HOST AS host,
        l.OBJECT_TYPE AS type, l.OBJECT_NAME AS name
      FROM performance_schema.metadata_locks AS l JOIN performance_schema.threads AS t ON t.THREAD_ID = l.OWNER_THREAD_ID
      WHERE l.LOCK_STATUS = 'GRANTED' AND t.PROCESSLIST_ID IS NOT NULL AND (
        l.OBJECT_TYPE IN ('GLOBAL', 'BACKUP LOCK', 'COMMIT') AND l.LOCK_TYPE IN ('INTENTION_EXCLUSIVE', 'SHARED', 'EXCLUSIVE')
        OR l.OBJECT_TYPE = 'TABLE' AND l.OBJECT_SCHEMA = DATABASE() AND l.LOCK_TYPE IN ('EXCLUSIVE', 'SHARED_NO_READ_WRITE'))
      ORDER BY l.OBJECT_TYPE = 'TABLE' DESC, t.PROCESSLIST_ID`);
    return rows
      .filter((row) => !own.has(row['id'] ?? ''))
      .map((row) => {
        const what = row['type'] === 'TABLE' ? `table ${row['name']} is locked` : 'the server is locked';
        return {
          id: row['id'] ?? '',
          line: `${what} by ${connectionOf(row['id'], row['user'], row['host'])}`,
        };
      });
  } catch (error) {
    // Not every account may look there.
    if (isServerError(error)) return [];
    throw error;
  }
}

/** Connections that are in the middle of a statement, the longest first. What they run is nobody else's business. */
async function busyConnections(session: Session, own: ReadonlySet<string>): Promise<Holder[]> {
  const rows = await session.query('SHOW PROCESSLIST');
  return rows
    .filter(
      (row) =>
        !own.has(row['Id'] ?? '') && !HARMLESS.has(row['Command'] ?? '') && row['User'] !== 'system user',
    )
    .toSorted((a, b) => Number(b['Time']) - Number(a['Time']))
    .map((row) => {
      const state = row['State'] ? `, "${row['State']}"` : '';
      const who = connectionOf(row['Id'], row['User'], row['Host']);
      return { id: row['Id'] ?? '', line: `${who} has been busy for ${row['Time']} s${state}` };
    });
}

function connectionOf(
  id: string | null | undefined,
  user: string | null | undefined,
  host: string | null | undefined,
): string {
  return `connection ${id} (user "${user ?? ''}" from ${host || 'this host'})`;
}
