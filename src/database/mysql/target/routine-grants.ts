import { quoteText } from '../catalog/literals.ts';
import { quoteName } from '../columns.ts';
import { clauseOf } from '../definer.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';

/**
 * The statements that grant again what is granted on single routines of a database: a server forgets that with the routine, and
 * that of tables and views it keeps. None where the account may not read it.
 */
export async function readRoutineGrants(session: Session, database: string): Promise<string[]> {
  try {
    const rows = await session.query(
      `SELECT Host AS host, User AS user, Routine_name AS name, Routine_type AS type, Proc_priv AS privileges
      FROM mysql.procs_priv WHERE Db = ${quoteText(database)}`,
    );
    return rows.map(({ host, user, name, type, privileges }) => {
      const granted = (privileges ?? '').split(',');
      const rights = granted.filter((right) => right !== 'Grant');
      const grantee = clauseOf({ user: user ?? '', host: host === '' ? null : (host ?? '') }).replace(
        /^DEFINER=/,
        '',
      );
      const option = granted.includes('Grant') ? ' WITH GRANT OPTION' : '';
      const routine = `${quoteName(database)}.${quoteName(name ?? '')}`;
      return `GRANT ${rights.join(', ') || 'USAGE'} ON ${type} ${routine} TO ${grantee}${option}`;
    });
  } catch (error) {
    if (isServerError(error)) return [];
    throw error;
  }
}

/** Grants again as far as the routines are there and the account may. */
export async function grantAgain(session: Session, grants: readonly string[]): Promise<void> {
  for (const sql of grants) {
    try {
      await session.run(sql);
    } catch (error) {
      if (!isServerError(error)) throw error;
    }
  }
}
