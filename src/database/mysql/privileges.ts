import { quoteAccount } from './account.ts';
import { isServerError } from './connection/failure.ts';
import type { Session } from './connection/session.ts';

/** What an account may do, with its active roles. */
export interface Privileges {
  /** The account that the server knows the connection as: `app@%`. */
  readonly account: string;
  /**
   * Whether it has a privilege (`CREATE ROUTINE`, `SUPER`, `SET_ANY_DEFINER`, …) on all that a database holds or will hold,
   * also one that does not exist yet; without `database`, on all of the server.
   */
  may(privilege: string, database?: string): boolean;
}

/** `ER_OPTION_PREVENTS_STATEMENT`: a server that runs with --skip-grant-tables asks nobody for rights. */
const GRANTS_ARE_OFF = 1290;

/**
 * Asks the server what the account of a session may do. For a backup as well as for a restore: SHOW GRANTS is answered to
 * every account, and names what comes from active roles and, on MariaDB, from PUBLIC. Privileges on single tables, columns and
 * routines are left out of account.
 */
export async function readPrivileges(session: Session): Promise<Privileges> {
  const [row] = await session.query(
    `SELECT CURRENT_USER() AS account, CURRENT_ROLE() AS role, @@lower_case_table_names AS folded`,
  );
  const account = row?.['account'] ?? '';
  const lines = await readGrants(session, 'SHOW GRANTS');
  if (lines === null) return { account, may: () => true };
  return interpret(session, lines, { account, role: row?.['role'] ?? null, folded: row?.['folded'] !== '0' });
}

/** What another account may do, without its roles; null when the server does not tell. */
export async function readPrivilegesOf(session: Session, account: string): Promise<Privileges | null> {
  const [row] = await session.query('SELECT @@lower_case_table_names AS folded');
  try {
    const lines = await readGrants(session, `SHOW GRANTS FOR ${quoteAccount(account)}`);
    if (lines === null) return null;
    return await interpret(session, lines, { account, role: null, folded: row?.['folded'] !== '0' });
  } catch (error) {
    if (isServerError(error)) return null;
    throw error;
  }
}

interface Grantee {
  readonly account: string;
  readonly role: string | null;
  /** Whether case does not matter in names of databases. */
  readonly folded: boolean;
}

async function interpret(
  session: Session,
  lines: readonly string[],
  { account, role, folded }: Grantee,
): Promise<Privileges> {
  const grants = lines.flatMap(parseGrant);
  const foldName = folded ? (name: string) => name.toLowerCase() : (name: string) => name;
  const { flavor } = session.server;
  const [partialRevokes] = await session.query("SHOW VARIABLES LIKE 'partial_revokes'");
  const matches = partialRevokes?.['Value'] === 'ON' ? Object.is : patternMatches;
  return {
    account,
    may(privilege, database) {
      const has = (grant: Grant): boolean =>
        grant.privileges.has(privilege) || grant.privileges.has('ALL PRIVILEGES');
      const isRevoked =
        database !== undefined &&
        grants.some((grant) => grant.isRevoked && grant.database === database && has(grant));
      if (!isRevoked && grants.some((grant) => grant.database === null && has(grant))) return true;
      if (database === undefined) return false;
      const matching = grants.filter(
        (grant) =>
          grant.database !== null &&
          !grant.isRevoked &&
          matches(foldName(grant.database), foldName(database)),
      );
      if (flavor === 'mysql' && hasRole(role)) return rolesMatch(matching).some(has);
      // Each account and role by itself: what counts is its grant with the narrowest pattern alone.
      const grantees = new Set(matching.map(({ grantee }) => grantee));
      return [...grantees].some((grantee) =>
        narrowest(
          matching.filter((grant) => grant.grantee === grantee),
          flavor === 'mariadb',
        ).some(has),
      );
    },
  };
}

async function readGrants(session: Session, question: string): Promise<string[] | null> {
  try {
    return (await session.query(question)).flatMap((row) =>
      Object.values(row).filter((text) => text !== null),
    );
  } catch (error) {
    if (isServerError(error) && error.code === GRANTS_ARE_OFF) return null;
    throw error;
  }
}

function hasRole(role: string | null): boolean {
  return role !== null && role !== 'NONE';
}

/** A line of SHOW GRANTS that is about a database or the whole server. */
interface Grant {
  readonly privileges: ReadonlySet<string>;
  /** The database's name as a pattern: `%` and `_` stand for any characters and for one, unless behind a backslash; null: all. */
  readonly database: string | null;
  /** Text that is the same for the same account or role. */
  readonly grantee: string;
  /** MySQL's partial revokes: taken from what is granted on all. */
  readonly isRevoked: boolean;
}

const quoted = '`(?:[^`]|``)*`';
const line = new RegExp(
  `^(GRANT|REVOKE) ((?:[^\`]|${quoted})*?) ON (\\*|${quoted})\\.\\* (?:TO|FROM) (PUBLIC|${quoted}(?:@${quoted})?)`,
  's',
);

function parseGrant(text: string): Grant[] {
  const [, verb, privileges = '', database = '', grantee = ''] = line.exec(text) ?? [];
  if (verb === undefined) return [];
  return [
    {
      // MySQL has no space between its dynamic privileges.
      privileges: new Set(privileges.split(/, ?/)),
      database: database === '*' ? null : database.slice(1, -1).replaceAll('``', '`'),
      grantee,
      isRevoked: verb === 'REVOKE',
    },
  ];
}

/** As LIKE has it. */
function patternMatches(pattern: string, name: string): boolean {
  const expression = [...pattern.matchAll(/\\(.)|(%)|(_)|(.)/gsu)]
    .map(([, escaped, many, one, plain]) => (many ? '.*' : one ? '.' : RegExp.escape(escaped ?? plain ?? '')))
    .join('');
  return new RegExp(`^${expression}$`, 'su').test(name);
}

/** Where the first character that stands for others is; beyond all names where there is none. */
function wildcardPosition(pattern: string): number {
  const match = /^(?:\\.|[^%_\\]|\\$)*(?=[%_])/s.exec(pattern);
  return match ? match[0].length : Number.MAX_SAFE_INTEGER;
}

/**
 * The grants whose pattern says the most, as the servers order them. MariaDB also takes patterns of a fixed length before
 * others.
 */
function narrowest(grants: readonly Grant[], fixedFirst: boolean): Grant[] {
  const isFixed = ({ database }: Grant): boolean => !/%/.test((database ?? '').replaceAll(/\\./gs, ''));
  const fixed = fixedFirst ? grants.filter(isFixed) : [];
  const candidates = fixed.length > 0 ? fixed : grants;
  const position = ({ database }: Grant): number => wildcardPosition(database ?? '');
  const first = Math.max(...candidates.map(position));
  return candidates.filter((grant) => position(grant) === first);
}

/** With an active role MySQL takes the grants on exactly this name, or else those of all patterns. */
function rolesMatch(grants: readonly Grant[]): readonly Grant[] {
  const exact = grants.filter(({ database }) => wildcardPosition(database ?? '') === Number.MAX_SAFE_INTEGER);
  return exact.length > 0 ? exact : grants;
}
