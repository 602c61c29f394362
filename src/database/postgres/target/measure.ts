import type { DatabaseSize } from '../../engine.ts';
import { blockedFailure, lockStates } from './blockers.ts';
import { createCatalog } from '../catalog/catalog.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';

const patienceSeconds = 10;

/**
 * How much users have in a session's database: tables (partitions, not what they are partitions of), with their indexes, and large objects.
 * @throws HoldfastError `failed`, naming who has tables locked: the server locks a table to look at its files
 */
export async function measureDatabase(session: Session): Promise<DatabaseSize> {
  const { isUserObject } = createCatalog(() => Promise.resolve([]), 0);
  await session.run('BEGIN READ ONLY');
  try {
    await session.run(`SET LOCAL lock_timeout = '${patienceSeconds}s'`);
    const [row] = await session.query(`
      SELECT pg_catalog.count(*) FILTER (WHERE relkind = 'r')::text AS tables,
        (coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)) FILTER (WHERE relkind IN ('r', 'm')), 0)
          + pg_catalog.pg_table_size('pg_catalog.pg_largeobject'))::text AS bytes
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE ${isUserObject(`'pg_catalog.pg_class'::pg_catalog.regclass`, 'c.oid')} AND n.nspname !~ '^pg_(temp|toast)'`);
    await session.run('ROLLBACK');
    return { tables: Number(row?.['tables']), bytes: Number(row?.['bytes']) };
  } catch (error) {
    if (session.isLost) throw error;
    await session.run('ROLLBACK');
    throw isServerError(error) && lockStates.includes(error.code)
      ? await blockedFailure(session, error)
      : error;
  }
}
