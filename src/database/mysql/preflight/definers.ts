import type { Problem } from '../../../core/problem.ts';
import { commandList, nameList, plural } from '../../../core/name-lists.ts';
import { isServerError } from '../connection/failure.ts';
import { quoteName } from '../columns.ts';
import { accountLabel, parseAccount } from '../definer.ts';
import { quoteAccount } from '../account.ts';
import { readPrivilegesOf } from '../privileges.ts';
import { patternOf, type PreflightContext } from './context.ts';
import { grantOfDefiners, reasonsOf, refusedDefiners } from './refused-definers.ts';

/** What says that the account may not read a table. */
const DENIED = new Set([1044, 1142, 1143]);
const objectsToShow = 3;

/**
 * Accounts that views, routines, triggers and events are to run as and that the target lacks, or that the connecting account
 * may not make anything run as.
 */
export async function definerProblems(context: PreflightContext): Promise<Problem[]> {
  const wanted = wantedDefiners(context);
  if (wanted.length === 0) return [];
  const accounts = await readAccounts(context);
  const missing = accounts === null ? [] : wanted.filter(({ account }) => !accounts.has(canonical(account)));
  const forbidden = await unsettable(
    context,
    wanted.filter((one) => !missing.includes(one)),
  );
  if (accounts === null && forbidden.length === 0 && !isOwn(context, wanted)) {
    context.options.reporter.warning(
      `Whether the target server has the ${plural(names(wanted), 'account')} ${nameList(names(wanted))} cannot be told: the connecting account may ` +
        'not read mysql.user. What runs as an account that is not there fails when it is used.',
    );
  }
  await warnOfFunctions(context, wanted);
  return [...missingProblems(context, missing), ...forbidden];
}

interface Definer {
  readonly account: string;
  readonly objects: readonly string[];
}

function wantedDefiners({ archived, options }: PreflightContext): readonly Definer[] {
  const { definers } = archived.requires;
  if (definers.length === 0 || options.noOwner) return [];
  if (options.definer === null) return definers;
  return [{ account: accountLabel(parseAccount(options.definer)), objects: [] }];
}

/** The server's accounts and roles; null when they may not be read. */
async function readAccounts({ session }: PreflightContext): Promise<ReadonlySet<string> | null> {
  try {
    const rows = await session.query('SELECT User AS user, Host AS host FROM mysql.user');
    return new Set(rows.map(({ user, host }) => canonical(`${user}@${host}`)));
  } catch (error) {
    if (isServerError(error) && DENIED.has(error.code)) return null;
    throw error;
  }
}

/** Host names are compared without regard to case. */
function canonical(account: string): string {
  const at = account.lastIndexOf('@');
  return at === -1 ? `${account}@` : `${account.slice(0, at)}@${account.slice(at + 1).toLowerCase()}`;
}

/**
 * A view that calls a function is only made where the account that it runs as may EXECUTE that: found out in the target alone, when the new
 * is in place and has to be taken back. Whether a view calls any is not known here.
 */
async function warnOfFunctions(context: PreflightContext, wanted: readonly Definer[]): Promise<void> {
  const { session, archived, database, options } = context;
  const { kinds } = archived.requires;
  if (!kinds.includes('FUNCTION') || !kinds.some((kind) => kind === 'VIEW' || kind === 'BROKEN VIEW')) return;
  const lacking: string[] = [];
  for (const { account } of wanted) {
    const privileges = isOwn(context, [{ account, objects: [] }])
      ? null
      : await readPrivilegesOf(session, account);
    if (privileges !== null && !privileges.may('EXECUTE', database)) lacking.push(account);
  }
  if (lacking.length === 0) return;
  options.reporter.warning(
    `Views that call functions are refused if they run as ${nameList(lacking)}, without EXECUTE on the target. If there are any, ` +
      `as an administrator: ${commandList(
        lacking,
        (account) =>
          `GRANT EXECUTE ON ${quoteName(patternOf(context, database))}.* TO ${quoteAccount(account)};`,
      )} Or restore with --skip-definer.`,
  );
}

function isOwn({ privileges }: PreflightContext, wanted: readonly Definer[]): boolean {
  return wanted.every(({ account }) => canonical(account) === canonical(privileges.account));
}

function missingProblems({ options }: PreflightContext, missing: readonly Definer[]): Problem[] {
  if (missing.length === 0) return [];
  const create = commandList(names(missing), (account) => `CREATE USER ${quoteAccount(account)};`);
  const other =
    options.definer === null
      ? '--definer USER or --skip-definer'
      : 'another --definer or with --skip-definer';
  return [
    {
      message: `the target server lacks the ${plural(names(missing), 'account')} ${nameList(missing.map(described))}`,
      hint: `${create} Or restore with ${other}`,
    },
  ];
}

/** Those that the connecting account may not make anything run as. */
async function unsettable(context: PreflightContext, wanted: readonly Definer[]): Promise<Problem[]> {
  const { session, privileges } = context;
  const refused = await refusedDefiners(session, names(wanted));
  if (refused.size === 0) return [];
  const definers = wanted.filter(({ account }) => refused.has(account));
  return [
    {
      message: `the account ${privileges.account} may not make anything that runs as ${nameList(definers.map(described))} (${nameList(reasonsOf(refused))})`,
      hint: `restore with --skip-definer, or as an administrator: ${grantOfDefiners(context, refused)}`,
    },
  ];
}

function names(definers: readonly Definer[]): string[] {
  return definers.map(({ account }) => account);
}

function described({ account, objects }: Definer): string {
  if (objects.length === 0) return account;
  const more = objects.length > objectsToShow ? `, … (${objects.length})` : '';
  return `${account} (of ${objects.slice(0, objectsToShow).join(', ')}${more})`;
}
