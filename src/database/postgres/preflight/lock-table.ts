import type { Problem } from '../../../core/problem.ts';
import type { PreflightContext } from './context.ts';

/**
 * The lock table takes more than it is laid out for, from memory that other tables of the server leave over. Measured
 * with PostgreSQL 13 and 18, each with its usual settings and with 10 connections of 10 locks: 1.6 to 2.4 times as much.
 * No server tells how much it is, so this keeps a distance; a server with far more room for predicate locks may have more.
 */
const utmost = (locks: number): number => 3 * locks + 1000;

/**
 * A load is one transaction and holds a lock on every relation that it makes: the server's lock table must have room.
 * Its layout: https://www.postgresql.org/docs/current/runtime-config-locks.html
 */
export async function lockTableProblems({
  session,
  archived,
  options,
  version,
}: PreflightContext): Promise<Problem[]> {
  const { relations = 0, largeObjects } = archived.requires?.demands ?? {};
  // Servers lock what they change the privileges of since 18.
  const locked = (largeObjects?.described ?? 0) + (version >= 18 ? (largeObjects?.granted ?? 0) : 0);
  const needed = relations + locked;
  const [row] = await session.query(`
    SELECT max(setting::int8) FILTER (WHERE name = 'max_locks_per_transaction')::text AS each,
      sum(setting::int8) FILTER (WHERE name IN ('max_connections', 'max_prepared_transactions'))::text AS sessions,
      -- Processes of the server's own; 18 has more slots for autovacuum than workers.
      (sum(setting::int8) FILTER (WHERE name IN ('max_worker_processes', 'max_wal_senders'))
        + max(setting::int8) FILTER (WHERE name ~ '^autovacuum_(max_workers|worker_slots)$') + 1)::text AS helpers
    FROM pg_catalog.pg_settings`);
  const [each, sessions, helpers] = ['each', 'sessions', 'helpers'].map((name) => Number(row?.[name]));
  const room = (each ?? 0) * ((sessions ?? 0) + (helpers ?? 0));
  if (needed <= room) return [];
  const enough = Math.ceil((11 * needed) / (10 * (sessions || 1)));
  const objects = locked === 0 ? '' : ` and grants or comments on ${locked} large objects`;
  const message = `the archive makes ${relations} tables, indexes and other relations${objects} at once, and the server's lock table is laid out for ${room}`;
  const hint = `ALTER SYSTEM SET max_locks_per_transaction = ${enough}; and restart the server`;
  if (needed > utmost(room)) return [{ message, hint }];
  options.reporter.warning(`T${message.slice(1)}: should it run out of shared memory, ${hint}.`);
  return [];
}
