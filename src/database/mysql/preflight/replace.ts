import { printable } from '../../../core/printable.ts';
import type { Problem } from '../../../core/problem.ts';
import { nameList } from '../../../core/name-lists.ts';
import { quoteText } from '../catalog/literals.ts';
import { quoteAccount } from '../account.ts';
import { findLostViews } from '../catalog/programs/lost-views.ts';
import { quoteName } from '../columns.ts';
import { patternOf, type PreflightContext } from './context.ts';
import { findPreparedTransactions } from './prepared-transactions.ts';
import { grantOfDefiners, reasonsOf, refusedDefiners } from './refused-definers.ts';

/** What keeps the database's old contents from being replaced. Warns of who uses it. */
export async function replaceProblems(context: PreflightContext): Promise<Problem[]> {
  if (!context.options.replace) return [];
  await warnOfUsers(context);
  await warnOfPrepared(context);
  warnWithoutLocks(context);
  const unreadable = await unreadableRoutines(context);
  // What cannot be read is no view that does not work.
  const lost = unreadable.length > 0 ? [] : await lostViews(context);
  return [...unreadable, ...lost, ...(await programsOfOthers(context))];
}

/** Views that no server makes again: a failure behind their removal would lose them. */
async function lostViews({ session, database }: PreflightContext): Promise<Problem[]> {
  const names = await findLostViews(session, database);
  if (names.length === 0) return [];
  return [
    {
      message: `views of the database do not work, and no server could make them again after a failure: ${nameList(names.map(printable))}`,
      hint: 'mend or drop them first (DROP VIEW)',
    },
  ];
}

/** What is replaced has to be known, to be put back after a failure. */
async function unreadableRoutines({ session, database, privileges }: PreflightContext): Promise<Problem[]> {
  const rows = await session.query(
    `SELECT LOWER(ROUTINE_TYPE) AS type, ROUTINE_NAME AS name FROM information_schema.ROUTINES
    WHERE ROUTINE_SCHEMA = ${quoteText(database)} AND ROUTINE_DEFINITION IS NULL ORDER BY 1, 2`,
  );
  if (rows.length === 0) return [];
  const names = rows.map(({ type, name }) => printable(`${type} ${name}`));
  const { flavor } = session.server;
  const right = flavor === 'mysql' ? 'SHOW_ROUTINE ON *.*' : 'SELECT ON mysql.proc';
  return [
    {
      message: `the account ${privileges.account} may not read what it would replace: ${nameList(names)}`,
      hint: `as an administrator: GRANT ${right} TO ${quoteAccount(privileges.account)}; or drop them first`,
    },
  ];
}

/** Programs that the account cannot put back after a failure, or not even remove, for whom they run as. */
async function programsOfOthers(context: PreflightContext): Promise<Problem[]> {
  const { session, database, privileges } = context;
  const at = quoteText(database);
  const rows = await session.query(
    `SELECT DEFINER AS account FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ${at}
    UNION SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ${at}
    UNION SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ${at}
    UNION SELECT DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ${at}`,
  );
  const refused = await refusedDefiners(
    session,
    rows.map(({ account }) => account ?? ''),
  );
  if (refused.size === 0) return [];
  return [
    {
      message: `the account ${privileges.account} may not put back after a failure what runs as ${nameList([...refused.keys()])} in the database (${nameList(reasonsOf(refused))})`,
      hint: `drop these views, routines, triggers and events first, or as an administrator: ${grantOfDefiners(context, refused)}`,
    },
  ];
}

/** They may hold locks on the tables, and end for nobody but who ends them. */
async function warnOfPrepared({ session, options }: PreflightContext): Promise<void> {
  const prepared = await findPreparedTransactions(session);
  if (prepared.length === 0) return;
  options.reporter.warning(
    `The server has prepared XA transactions, of whatever database: ${nameList(prepared)}. Tables that they have changed cannot be ` +
      'replaced before somebody ends them (XA RECOVER shows them; XA COMMIT, XA ROLLBACK).',
  );
}

/** What waits for others before anything is touched, and for a signal meanwhile, takes a right that a restore can do without. */
function warnWithoutLocks(context: PreflightContext): void {
  const { database, options, privileges } = context;
  if (privileges.may('LOCK TABLES', database)) return;
  options.reporter.warning(
    `Without LOCK TABLES on the database the account ${privileges.account} cannot wait for open transactions before the old is touched: then nobody ` +
      'can read the tables while it waits, and Ctrl-C is not heard. As an administrator: ' +
      `GRANT LOCK TABLES ON ${quoteName(patternOf(context, database))}.* TO ${quoteAccount(privileges.account)};`,
  );
}

async function warnOfUsers({ session, database, options, privileges }: PreflightContext): Promise<void> {
  const rows = await session.query('SHOW PROCESSLIST');
  const others = rows.filter(({ Id, db }) => db === database && Id !== session.id);
  if (others.length === 0) return;
  const users = [...new Set(others.map(({ User }) => printable(User ?? '')))];
  const sessions =
    others.length === 1 ? 'One other connection uses' : `${others.length} other connections use`;
  const rest = privileges.may('PROCESS') ? '' : ' Without PROCESS those of other accounts are not seen.';
  options.reporter.warning(
    `${sessions} the database (of ${nameList(users)}). Stop the application first: what it writes meanwhile is lost, and it may be ` +
      `in the way.${rest}`,
  );
}
