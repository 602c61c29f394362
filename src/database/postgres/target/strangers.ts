import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import type { Session } from '../connection/session.ts';
import { isNotKept, type Kept, selectSubscriptions, selectUserObjects } from './contents.ts';

const objectsToShow = 5;

/**
 * Makes sure that a load leaves nothing in the database but what it made and what it kept. Objects that other sessions
 * have brought there since it began can be seen, and no lock keeps them out: catalogs cannot be locked. Only a moment
 * before the commit is late enough to look.
 * @param subscriptions the names of those that the load made: of them, few roles may see who did
 * @throws HoldfastError `failed`, naming such objects
 */
export async function refuseStrangers(
  session: Session,
  { extensions, schemas }: Kept,
  subscriptions: readonly string[],
): Promise<void> {
  // What a transaction sees and what is still in progress can only be its own, or of one of its subtransactions, which
  // have later numbers. Rows tell the lower half of a number.
  const rows = await session.query(
    `(SELECT kind || ' ' || coalesce(schema || '.', '') || name AS object
    FROM (
      SELECT *, (extra::numeric - top % 4294967296 + 4294967296) % 4294967296 AS later
      FROM (${selectUserObjects(undefined, () => 'o.xmin')}) AS objects,
        (SELECT pg_catalog.pg_current_xact_id()::text::numeric AS top) AS own
    ) AS numbered
    WHERE ${isNotKept} AND CASE WHEN later >= 2147483648 THEN true
      ELSE pg_catalog.pg_xact_status((top + later)::text::xid8) <> 'in progress' END
    ORDER BY schema IS NOT NULL, 1 LIMIT ${objectsToShow})
    UNION ALL
    SELECT 'subscription ' || name FROM (${selectSubscriptions}) AS subscriptions WHERE name <> ALL ($3::text[])
    LIMIT ${objectsToShow}`,
    [extensions, schemas, [...subscriptions]],
  );
  if (rows.length === 0) return;
  const names = rows.map((row) => printable(row['object'] ?? '')).join(', ');
  throw new HoldfastError(
    'failed',
    `Others have made objects in the database during the restore: ${names}.`,
    {
      hint: 'Stop the application that uses it, then try again. Nothing was changed.',
    },
  );
}
