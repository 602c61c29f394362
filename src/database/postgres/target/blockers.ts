import { HoldfastError } from '../../../core/errors.ts';
import { printable } from '../../../core/printable.ts';
import { type ServerError, serverMessage } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';

const sessionsToName = 5;

/** SQLSTATEs of a lock that was not given: it took too long, or two waited for each other. */
export const lockStates: readonly string[] = ['55P03', '40P01'];

/** Who holds locks on what users have in the database: everything there is to be locked, so each is in the way. */
const holdsObjects = `(relation >= 16384 OR objid >= 16384)
  AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;
/** Who has written anything anywhere: grants and settings of the database wait for each other's transactions. */
const hasWritten = `locktype = 'transactionid'`;

/** The failure of a wait for locks, naming who is in the way. To be called outside a transaction. */
export async function blockedFailure(session: Session, cause: ServerError): Promise<HoldfastError> {
  const holders = await describeHolders(session, holdsObjects);
  if (holders.length > 0) {
    return failure(`Other sessions hold locks on what the database holds: ${listed(holders)}.`, cause);
  }
  const writers = await describeHolders(session, hasWritten);
  if (writers.length > 0) {
    return failure(`Other sessions have not ended their transactions: ${listed(writers)}.`, cause);
  }
  return failure(`Other sessions were in the way, and are gone: ${serverMessage(cause)}`, cause);
}

function failure(message: string, cause: ServerError): HoldfastError {
  const hint =
    'Stop the application, then try again; nothing was changed. ' +
    'SELECT pg_terminate_backend(pid) ends a session, ROLLBACK PREPARED a prepared transaction.';
  return new HoldfastError('failed', message, { hint, cause });
}

function listed(names: readonly string[]): string {
  const more = names.length - sessionsToName;
  return [...names.slice(0, sessionsToName), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

async function describeHolders(session: Session, holds: string): Promise<string[]> {
  const rows = await session.query(`
    SELECT l.pid::text AS pid, a.usename AS role, a.application_name AS application, p.gid AS prepared,
      a.state || coalesce(' for ' || pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - a.xact_start), '') AS state
    FROM (
      SELECT DISTINCT pid, virtualtransaction FROM pg_catalog.pg_locks
      WHERE granted AND pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND ${holds}
    ) AS l
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
    LEFT JOIN pg_catalog.pg_locks AS own ON l.pid IS NULL AND own.pid IS NULL AND own.locktype = 'transactionid'
      AND own.virtualtransaction = l.virtualtransaction
    LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = own.transactionid
    ORDER BY a.xact_start NULLS LAST, l.pid`);
  return rows.map(
    ({ pid, role, application, prepared, state }) =>
      (prepared ? `prepared transaction "${printable(prepared)}"` : `process ${pid ?? 'unknown'}`) +
      [role && ` of role "${printable(role)}"`, application && ` (${application})`, state && `, ${state}`]
        .filter(Boolean)
        .join(''),
  );
}
