import { HoldfastError } from '../../core/errors.ts';
import type { Session } from './connection/session.ts';

const sessionsToName = 5;

/** SQLSTATEs of a lock that was not given: it took too long, or two waited for each other. */
export const lockStates: readonly string[] = ['55P03', '40P01'];

/**
 * The failure of a wait for locks, naming who holds some on what users have in the database: everything there is to be
 * locked, so each of them is in the way. To be called outside a transaction.
 */
export async function blockedFailure(session: Session, cause: unknown): Promise<HoldfastError> {
  const rows = await session.query(`
    SELECT l.pid::text AS pid, a.usename AS role, a.application_name AS application, p.gid AS prepared,
      a.state || coalesce(' for ' || pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - a.xact_start), '') AS state
    FROM (
      SELECT DISTINCT pid, virtualtransaction FROM pg_catalog.pg_locks
      WHERE granted AND pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND (relation >= 16384 OR objid >= 16384)
        AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    ) AS l
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
    LEFT JOIN pg_catalog.pg_locks AS own ON l.pid IS NULL AND own.pid IS NULL AND own.locktype = 'transactionid'
      AND own.virtualtransaction = l.virtualtransaction
    LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = own.transactionid
    ORDER BY a.xact_start NULLS LAST, l.pid`);
  const names = rows.map(
    ({ pid, role, application, prepared, state }) =>
      (prepared ? `prepared transaction "${prepared}"` : `process ${pid ?? 'unknown'}`) +
      [role && ` of role "${role}"`, application && ` (${application})`, state && `, ${state}`]
        .filter(Boolean)
        .join(''),
  );
  if (names.length > sessionsToName)
    names.splice(sessionsToName, Infinity, `and ${names.length - sessionsToName} more`);
  const who = names.length === 0 ? 'they have ended meanwhile' : names.join('; ');
  return new HoldfastError('failed', `Other sessions hold locks on what the database holds: ${who}.`, {
    hint:
      'Stop the application, then try again; nothing was changed. ' +
      'SELECT pg_terminate_backend(pid) ends a session, ROLLBACK PREPARED a prepared transaction.',
    cause,
  });
}
