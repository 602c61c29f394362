import { messageOf } from '../../../core/errors.ts';
import { nameList } from '../../../core/name-lists.ts';
import type { TargetOptions } from '../../engine.ts';
import { isKeptSetting } from '../catalog/plain-session.ts';
import { quoteLiteral } from '../catalog/sql/identifiers.ts';
import type { ConnectionConfig } from '../connection/config.ts';
import type { Session } from '../connection/session.ts';
import { connectBeside } from './staging/side-databases.ts';

/** The parameters that a session's database is set to, for all roles and for the session's, as far as its role may set them. */
export async function databaseSettings(session: Session): Promise<string[]> {
  const rows = await session.query(`
    SELECT DISTINCT pg_catalog.split_part(item, '=', 1) AS name
    FROM pg_catalog.pg_db_role_setting AS s, pg_catalog.unnest(s.setconfig) AS item
    LEFT JOIN pg_catalog.pg_settings AS p ON p.name = pg_catalog.split_part(item, '=', 1)
    WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
      AND s.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user))
      AND (p.context IS NULL OR p.context = 'user'
        OR p.context = 'superuser' AND (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user))`);
  return rows.map((row) => row['name'] ?? '').filter((name) => !isKeptSetting(name));
}

/**
 * What takes back, in the session that replaces what a database holds, what the database was set to before and is set to no more: the
 * session began with it, so RESET brings it. What holds without it, a session in another database knows.
 * @param former as `databaseSettings` told before
 */
export async function formerSettingResets(
  session: Session,
  former: readonly string[],
  config: ConnectionConfig,
  { reporter, signal }: Pick<TargetOptions, 'reporter' | 'signal'>,
): Promise<string[]> {
  const own = await databaseSettings(session);
  const gone = former.filter((name) => !own.includes(name));
  if (gone.length === 0) return [];
  try {
    const beside = await connectBeside(config, session.host, signal);
    try {
      const rows = await beside.query('SELECT name, reset_val AS value FROM pg_catalog.pg_settings');
      const values = new Map(rows.map(({ name, value }) => [name, value]));
      return gone.map((name) => {
        const value = quoteLiteral(values.get(name) ?? '');
        return `SELECT pg_catalog.set_config(${quoteLiteral(name)}, ${value}, false)`;
      });
    } finally {
      await beside.close();
    }
  } catch (error) {
    if (signal.aborted) throw error;
    reporter.warning(
      `Materialized views are filled under settings that the database had before it was replaced (${nameList(gone)}): ${messageOf(error)}`,
    );
    return [];
  }
}
