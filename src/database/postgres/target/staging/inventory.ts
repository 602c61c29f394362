import { createHash } from 'node:crypto';
import type { Session } from '../../connection/session.ts';
import { selectSubscriptions, selectUserObjects } from '../contents.ts';

const objectsToShow = 5;

/**
 * What users have in a database, each object with the transaction that made or altered it. Numbers of transactions alone would not tell
 * what is newer: one that is on may have a lower number than others that have ended, and its parts are in no list.
 */
export type Inventory = string;

const selectObjects = `SELECT kind, schema, name, catalog || ' ' || oid || ' ' || extra AS entry
  FROM (${selectUserObjects(undefined, () => 'o.xmin')}) AS objects`;

export async function takeInventory(session: Session): Promise<Inventory> {
  const [row] = await session.query(
    `SELECT pg_catalog.string_agg(entry, ',' ORDER BY entry COLLATE "C") AS inventory FROM (${selectObjects}) AS listed`,
  );
  return row?.['inventory'] ?? '';
}

/** What stands for an inventory: 64 hex digits. */
export function digestOf(inventory: Inventory): string {
  return createHash('sha256').update(inventory).digest('hex');
}

/** What others have made or altered in a session's database since an inventory, by kind and name; a few of it. */
export async function findStrangersSince(session: Session, inventory: Inventory): Promise<string[]> {
  const rows = await session.query(
    `(SELECT kind || ' ' || coalesce(schema || '.', '') || name AS object FROM (${selectObjects}) AS listed
      WHERE entry NOT IN (SELECT pg_catalog.unnest(pg_catalog.string_to_array($1::text, ',')))
      ORDER BY schema IS NOT NULL, 1 LIMIT ${objectsToShow})
    UNION ALL SELECT 'subscription ' || name FROM (${selectSubscriptions}) AS subscriptions
    UNION ALL SELECT 'replication slot ' || slot_name FROM pg_catalog.pg_replication_slots
      WHERE database = pg_catalog.current_database()
    LIMIT ${objectsToShow}`,
    [inventory],
  );
  return rows.map((row) => row['object'] ?? '');
}
