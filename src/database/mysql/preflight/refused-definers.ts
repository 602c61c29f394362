import { type ServerError, serverMessage } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { quoteAccount } from '../account.ts';
import { attempt, nameOfNoDatabase } from './attempt.ts';
import type { PreflightContext } from './context.ts';

/** `ER_SPECIFIC_ACCESS_DENIED_ERROR`: the account lacks a right that is not about a database. */
const LACKS_RIGHT = 1227;

/**
 * Accounts that the connecting one may not make anything run as, each with what the server says: besides the right itself there
 * are accounts that only few may name. What is tried is a routine or an event in a database that does not exist.
 */
export async function refusedDefiners(
  session: Session,
  accounts: readonly string[],
): Promise<ReadonlyMap<string, ServerError>> {
  const database = nameOfNoDatabase();
  const refused = new Map<string, ServerError>();
  for (const account of accounts) {
    const definer = `DEFINER=${quoteAccount(account)}`;
    for (const sql of [
      `CREATE ${definer} PROCEDURE ${database}.attempt() SELECT 1`,
      `CREATE ${definer} EVENT ${database}.attempt ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1`,
    ]) {
      const error = await attempt(session, sql);
      if (error?.code === LACKS_RIGHT) refused.set(account, error);
    }
  }
  return refused;
}

/** What the server says, each once. */
export function reasonsOf(refused: ReadonlyMap<string, ServerError>): string[] {
  return [...new Set([...refused.values()].map(serverMessage))];
}

/** The command that lets the connecting account do it. */
export function grantOfDefiners(
  { session, privileges }: PreflightContext,
  refused: ReadonlyMap<string, ServerError>,
): string {
  const { flavor, number } = session.server;
  const to = `ON *.* TO ${quoteAccount(privileges.account)};`;
  if (flavor === 'mariadb') return `GRANT SET USER ${to}`;
  const reasons = reasonsOf(refused).join(' ');
  const named = ['SYSTEM_USER', 'ALLOW_NONEXISTENT_DEFINER'].filter((right) => reasons.includes(right));
  // Only who may set definers at all is told what more it takes.
  const more = reasons.includes('SYSTEM_USER') ? '' : ' And SYSTEM_USER, where one of them has it.';
  return `GRANT ${[...named, number >= 80200 ? 'SET_ANY_DEFINER' : 'SET_USER_ID'].join(', ')} ${to}${more}`;
}
