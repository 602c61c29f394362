import type { ConnectionConfig } from '../../connection/config.ts';
import { connect } from '../../connection/connect.ts';
import { isServerError, sqlStateOf } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { dropSideDatabase, letWrite } from './side-databases.ts';

/** How many tables are removed by themselves: the largest. */
const mostTables = 100;

/**
 * Removes a database that a load was made in, from a session in another one. Its largest tables go first: before the server removes a
 * database it writes a checkpoint, which it cannot on a disk that the load has filled, and from then on it lets nobody in.
 */
export async function discard(
  session: Session,
  name: string,
  config: ConnectionConfig,
  signal: AbortSignal,
): Promise<void> {
  try {
    const inside = await connect({ ...config, hosts: [session.host], database: name }, signal);
    try {
      await dropTables(await letWrite(inside));
    } finally {
      await inside.close();
    }
  } catch (error) {
    // It may not be there any more, or let nobody in: the server has the last word.
    if (signal.aborted || sqlStateOf(error) === undefined) throw error;
  }
  await dropSideDatabase(session, name);
}

async function dropTables(session: Session): Promise<void> {
  // Whoever still has locks is a session of the load, which ends.
  await session.run(`SET lock_timeout = '10s'`);
  const tables = await session.query(`
    SELECT pg_catalog.format('DROP TABLE IF EXISTS %I.%I CASCADE', n.nspname, c.relname) AS drop
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.oid >= 16384 ORDER BY pg_catalog.pg_total_relation_size(c.oid) DESC LIMIT ${mostTables}`);
  for (const { drop } of tables) {
    await session.run(drop ?? '').catch((error: unknown) => {
      // Others will do.
      if (session.isLost || !isServerError(error)) throw error;
    });
  }
}
