import { formatCount } from '../../../core/format.ts';
import type { Reporter } from '../../../core/reporter.ts';
import { isConnectionLimit } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { listTables } from './table-locks.ts';
import type { SnapshotSessions } from './take-snapshot.ts';

/**
 * MariaDB walks all metadata locks of a connection for each table that it opens: with all on one, the time would grow with the
 * square of the number of tables. So no connection takes more, as long as there are not too many connections.
 */
const TABLES_PER_KEEPER = 2000;
const MOST_KEEPERS = 10;

/**
 * Opens the connections of a backup: `jobs` that read, or as many as the server gives. Where there are many tables, more than
 * one keeps them from being changed.
 */
export async function openSessions(
  connect: () => Promise<Session>,
  jobs: number,
  reporter: Reporter,
): Promise<SnapshotSessions> {
  const opened: Session[] = [];
  const open = async (): Promise<Session> => {
    const session = await connect();
    opened.push(session);
    return session;
  };
  try {
    const [locker, holder, leader] = [await open(), await open(), await open()];
    const readers: [Session, ...Session[]] = [leader];
    while (readers.length < jobs) {
      const reader = await open().catch((error: unknown) => {
        if (isConnectionLimit(error)) return null;
        throw error;
      });
      if (reader === null) {
        const will = formatCount(readers.length, 'connection');
        reporter.warning(`The server has no more connections to give: ${will} will do.`);
        break;
      }
      readers.push(reader);
    }
    const holders: [Session, ...Session[]] = [holder];
    // MySQL finds locks by a hash.
    const keepers = locker.server.flavor === 'mysql' ? 1 : keepersFor((await listTables(locker)).length);
    const enough = readers.length;
    try {
      while (holders.length < keepers) {
        if (readers.length === holders.length) readers.push(await open());
        holders.push(await open());
      }
    } catch (error) {
      if (!isConnectionLimit(error)) throw error;
      // Others need the last connections more: it works with one keeper, if slower.
      await closeAll([...readers.splice(enough), ...holders.splice(1)]);
    }
    return { locker, holders, readers };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** How many connections keep so many tables of MariaDB from being changed. */
export function keepersFor(tables: number): number {
  return Math.min(Math.max(Math.ceil(tables / TABLES_PER_KEEPER), 1), MOST_KEEPERS);
}

export async function closeAll(sessions: readonly Session[]): Promise<void> {
  await Promise.all(sessions.map((session) => session.close()));
}
