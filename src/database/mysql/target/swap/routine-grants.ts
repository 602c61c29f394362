import { printable } from '../../../../core/printable.ts';
import { quoteText } from '../../catalog/literals.ts';
import { quoteName } from '../../columns.ts';
import { clauseOf } from '../../definer.ts';
import { isServerError, serverMessage } from '../../connection/failure.ts';
import type { Session } from '../../connection/session.ts';
import { aboutProgram, type Content } from '../contents.ts';
import { schemaSettings } from '../load/connections.ts';

/** A right to a single routine, which a server forgets with the routine; those to tables and views it keeps. */
export interface RoutineGrant {
  /** FUNCTION, PROCEDURE, … */
  readonly kind: string;
  readonly name: string;
  /** The statement that grants it again. */
  readonly sql: string;
}

const grantsToName = 3;

/** What is granted on single routines of a database; null where the account may not read it. */
export async function readRoutineGrants(session: Session, database: string): Promise<RoutineGrant[] | null> {
  try {
    const rows = await session.query(
      `SELECT Host AS host, User AS user, Routine_name AS name, Routine_type AS type, Proc_priv AS privileges
      FROM mysql.procs_priv WHERE Db = ${quoteText(database)} ORDER BY 4, 3, 2, 1`,
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
      const sql = `GRANT ${rights.join(', ') || 'USAGE'} ON ${type} ${routine} TO ${grantee}${option}`;
      return { kind: type ?? '', name: name ?? '', sql };
    });
  } catch (error) {
    if (isServerError(error)) return null;
    throw error;
  }
}

/** Those that the account can grant, which it does, for they are there; warns of the others, which go with their routines. */
export async function grantableAgain(
  session: Session,
  grants: readonly RoutineGrant[],
  warn: (message: string) => void,
): Promise<RoutineGrant[]> {
  const good: RoutineGrant[] = [];
  const bad: RoutineGrant[] = [];
  let why = '';
  for (const grant of grants) {
    try {
      for (const sql of aboutProgram(grant.kind, grant.sql)) await session.run(sql);
      good.push(grant);
    } catch (error) {
      if (!isServerError(error)) throw error;
      await session.run(schemaSettings);
      bad.push(grant);
      why ||= serverMessage(error);
    }
  }
  if (bad.length > 0) {
    const commands = bad.slice(0, grantsToName).map(({ sql }) => printable(`${sql};`));
    const more = bad.length > grantsToName ? ` … (${bad.length} in all)` : '';
    warn(
      `Rights to single routines go with the routines that are replaced, and the account cannot grant them again (${why}). ` +
        `Afterwards, as an administrator, where the routine is there: ${commands.join(' ')}${more}`,
    );
  }
  return good;
}

/** The statements that grant again what is granted on these routines. */
export function grantsOn(contents: readonly Content[], grants: readonly RoutineGrant[]): string[] {
  const key = ({ kind, name }: Content): string => `${kind} ${name.toLowerCase()}`;
  const there = new Set(contents.map(key));
  return grants.filter((grant) => there.has(key(grant))).flatMap(({ kind, sql }) => aboutProgram(kind, sql));
}
