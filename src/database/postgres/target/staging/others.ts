import { printable } from '../../../../core/printable.ts';
import { quoteLiteral } from '../../catalog/sql/identifiers.ts';
import type { Session } from '../../connection/session.ts';

const sessionsToName = 5;

/** A session that somebody else has in a database. */
export interface OtherSession {
  readonly pid: string;
  /** Whether it is in no transaction; false also where the role may not know. */
  readonly isIdle: boolean;
  /** For messages. */
  readonly description: string;
}

/** The sessions in a database, but for the asking one and what the server does there by itself. */
export async function findOthers(session: Session, database: string): Promise<OtherSession[]> {
  const rows = await session.query(
    `SELECT pid, usename AS role, application_name AS application, state FROM pg_catalog.pg_stat_activity
    WHERE datname = ${quoteLiteral(database)} AND pid <> pg_catalog.pg_backend_pid()
      AND usesysid IS NOT NULL AND leader_pid IS NULL ORDER BY backend_start`,
  );
  return rows.map(({ pid, role, application, state }) => ({
    pid: pid ?? '',
    isIdle: state === 'idle',
    description:
      `process ${pid} of role "${printable(role ?? '')}"` +
      [application && ` (${printable(application)})`, state && `, ${state}`].filter(Boolean).join(''),
  }));
}

export function listed(sessions: readonly OtherSession[]): string {
  const names = sessions.slice(0, sessionsToName).map(({ description }) => description);
  const more = sessions.length - names.length;
  return [...names, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** Ends those that are in no transaction and that the role may end, all at once. */
export async function endIdle(session: Session, others: readonly OtherSession[]): Promise<void> {
  const pids = others.filter(({ isIdle }) => isIdle).map(({ pid }) => Number(pid));
  if (pids.length === 0) return;
  // It may have begun to do something since.
  await session.query(
    `SELECT pg_catalog.pg_terminate_backend(pid)::text FROM pg_catalog.pg_stat_activity AS a, pg_catalog.pg_roles AS r,
      (SELECT rolsuper AS is_superuser FROM pg_catalog.pg_roles WHERE rolname = current_user) AS own
    WHERE pid = ANY ($1::int[]) AND state = 'idle' AND r.oid = a.usesysid AND (own.is_superuser OR NOT r.rolsuper
      AND (pg_catalog.pg_has_role(r.oid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))`,
    [pids],
  );
}
