import { HoldfastError } from '../../../core/errors.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { readPrivileges } from '../privileges.ts';

/**
 * Refuses to read a database of which the server would not tell everything: what an account has no rights on is missing
 * from information_schema without a word.
 * @param whole whether all of the database is wanted, not some tables alone
 * @throws HoldfastError `failed` naming the account and the rights that it lacks
 */
export async function requireVisibility(session: Session, database: string, whole: boolean): Promise<void> {
  const { account, may } = await readPrivileges(session);
  const missing = (whole ? ['SELECT', 'SHOW VIEW', 'TRIGGER', 'EVENT'] : ['TRIGGER']).filter(
    (privilege) => !may(privilege, database),
  );
  const lacks = missing.map((privilege) => `${privilege} on the database`);
  const seeing = ['EXECUTE', 'CREATE ROUTINE', 'ALTER ROUTINE', 'SHOW CREATE ROUTINE'];
  const seesRoutines =
    seeing.some((privilege) => may(privilege, database)) ||
    ['SHOW_ROUTINE', 'SELECT'].some((privilege) => may(privilege)) ||
    (session.server.flavor === 'mariadb' && (await mayRead(session, 'mysql.proc')));
  if (whole && !seesRoutines) {
    lacks.push(session.server.flavor === 'mysql' ? 'SHOW_ROUTINE on the server' : 'SELECT on mysql.proc');
  }
  if (lacks.length === 0) return;
  throw new HoldfastError(
    'failed',
    `${account} cannot see all of the database ${database}: it lacks ${lacks.join(', ')}.`,
    {
      hint: 'Without these rights the server hides objects, and a backup would lack them. GRANT them, or use another account.',
    },
  );
}

async function mayRead(session: Session, table: string): Promise<boolean> {
  try {
    await session.query(`SELECT 1 FROM ${table} LIMIT 0`);
    return true;
  } catch (error) {
    if (!isServerError(error)) throw error;
    return false;
  }
}
