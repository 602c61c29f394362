import type { Session } from '../../connection/session.ts';
import { selectSubscriptions, selectUserObjects } from '../contents.ts';

const objectsToShow = 5;

/** The number that the server's next transaction has, modulo 2^32: what it makes is newer than all that is there. */
export async function readNextTransaction(session: Session): Promise<string> {
  const [row] = await session.query(
    `SELECT (pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::numeric % 4294967296)::text AS id`,
  );
  return row?.['id'] ?? '';
}

/** What others have made or altered in a session's database since a transaction, by kind and name; a few of it. */
export async function findStrangersSince(session: Session, transaction: string): Promise<string[]> {
  const rows = await session.query(
    `(SELECT kind || ' ' || coalesce(schema || '.', '') || name AS object
      FROM (${selectUserObjects(undefined, () => 'pg_catalog.age(o.xmin)')}) AS objects
      WHERE extra::int <= pg_catalog.age($1::text::xid) ORDER BY schema IS NOT NULL, 1 LIMIT ${objectsToShow})
    UNION ALL SELECT 'subscription ' || name FROM (${selectSubscriptions}) AS subscriptions
    UNION ALL SELECT 'replication slot ' || slot_name FROM pg_catalog.pg_replication_slots
      WHERE database = pg_catalog.current_database()
    LIMIT ${objectsToShow}`,
    [transaction],
  );
  return rows.map((row) => row['object'] ?? '');
}
