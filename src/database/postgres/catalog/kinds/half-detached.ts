import { HoldfastError } from '../../../../core/errors.ts';
import { qualifiedName } from '../sql/identifiers.ts';
import type { Catalog } from '../object.ts';

interface HalfDetached {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
}

interface DetachingRow extends Record<string, string | null> {
  standby: string;
  pid: string | null;
  role: string | null;
}

/**
 * Refuses a partition between the two steps of DETACH PARTITION … CONCURRENTLY. The second waits, perhaps for long, for all who
 * use the table: while somebody does that there is nothing to mend.
 * @throws HoldfastError `failed`
 */
export async function refuseHalfDetached(
  catalog: Catalog,
  { oid, schema, name }: HalfDetached,
): Promise<never> {
  const partition = `partition ${schema}.${name}`;
  const finalize = `ALTER TABLE … DETACH PARTITION ${qualifiedName(schema, name)} FINALIZE`;
  const [row] = await catalog.query<DetachingRow>(detachingQuery, [oid, name.replaceAll('"', '""')]);
  if (row?.standby === 't') {
    throw new HoldfastError('failed', `${partition} is being detached at the primary, or half detached`, {
      hint: `Try again when that is done. If nobody does it any more, finish there with ${finalize}.`,
    });
  }
  if (row?.pid) {
    throw new HoldfastError(
      'failed',
      `${partition} is being detached from its table, by process ${row.pid} of role "${row.role}"`,
      {
        hint: `Try again when that is done. SELECT pg_blocking_pids(${row.pid}) tells which sessions it waits for.`,
      },
    );
  }
  throw new HoldfastError('failed', `${partition} is half detached: what detached it was cut off`, {
    hint: `Finish with ${finalize}.`,
  });
}

/** Of other roles' sessions not every role may see the statements, but everyone that they wait. */
const detachingQuery = `
  SELECT pg_catalog.pg_is_in_recovery() AS standby, d.pid, d.role
  FROM (VALUES (true)) AS always LEFT JOIN (
    SELECT a.pid, a.usename AS role FROM pg_catalog.pg_stat_activity AS a
    WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
      AND CASE WHEN a.state IS NULL
        THEN EXISTS (SELECT FROM pg_catalog.pg_locks AS l WHERE l.pid = a.pid AND NOT l.granted
          AND (l.locktype = 'virtualxid' OR l.relation = $1::pg_catalog.oid))
        ELSE a.state <> 'idle' AND a.query ~* 'detach\\s+partition'
          AND pg_catalog.strpos(pg_catalog.lower(a.query), pg_catalog.lower($2)) > 0 END
    ORDER BY a.pid LIMIT 1
  ) AS d ON true`;
