import type { Problem } from '../../../core/problem.ts';
import { nameList, plural } from '../../../core/name-lists.ts';
import { quoteText } from '../catalog/literals.ts';
import { isServerError } from '../connection/failure.ts';
import type { Session } from '../connection/session.ts';
import { quoteAccount } from '../account.ts';
import type { PreflightContext } from './context.ts';

/** Tables that the target is told to refuse, or that lie where it has no place. */
export async function tableProblems(context: PreflightContext): Promise<Problem[]> {
  return [
    ...(await withoutPrimaryKey(context)),
    ...history(context),
    ...(await tablespaces(context)),
    ...dataDirectories(context),
  ];
}

/**
 * Servers that refuse tables without a primary key, or give them one. On MySQL a restore sets this for itself, where the account has
 * a right of its own to do so; one from a role does not count there.
 */
async function withoutPrimaryKey({
  session,
  archived,
  privileges,
  variables,
}: PreflightContext): Promise<Problem[]> {
  const tables = archived.requires.tablesWithoutPrimaryKey;
  const settings = [
    'sql_require_primary_key',
    'sql_generate_invisible_primary_key',
    'innodb_force_primary_key',
  ];
  const demanding = settings.filter((name) => variables.get(name) === 'ON');
  if (tables.length === 0 || demanding.length === 0) return [];
  if (session.server.flavor === 'mysql') {
    const rows = await session.query(
      `SELECT 1 FROM information_schema.USER_PRIVILEGES
      WHERE GRANTEE = CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)))
        AND PRIVILEGE_TYPE IN ('SUPER', 'SYSTEM_VARIABLES_ADMIN', 'SESSION_VARIABLES_ADMIN') LIMIT 1`,
    );
    if (rows.length > 0) return [];
  }
  const grant =
    session.server.flavor === 'mysql'
      ? `GRANT SESSION_VARIABLES_ADMIN ON *.* TO ${quoteAccount(privileges.account)};`
      : `SET GLOBAL ${demanding[0]} = OFF; until the restore is over`;
  return [
    {
      message: `the target server takes no tables without a primary key as they are (${demanding.join(', ')}): ${nameList(tables)}`,
      hint: `as an administrator: ${grant}`,
    },
  ];
}

/** MariaDB takes the history of a table since 10.11. */
function history({ archived, session: { server } }: PreflightContext): Problem[] {
  const tables = archived.requires.historyTables;
  if (tables.length === 0 || server.flavor !== 'mariadb' || server.number >= 101100) return [];
  return [
    {
      message: `the target server, MariaDB ${server.version}, takes no history of system-versioned tables: ${nameList(tables)}`,
      hint: 'restore into MariaDB 10.11 or newer, or leave the rows out of a new backup (--exclude-table-data)',
    },
  ];
}

async function tablespaces({ session, archived }: PreflightContext): Promise<Problem[]> {
  const wanted = archived.requires.tablespaces.filter((name) => !name.startsWith('innodb_'));
  if (wanted.length === 0 || session.server.flavor !== 'mysql') return [];
  const there = await readTablespaces(session, wanted);
  const missing = there === null ? [] : wanted.filter((name) => !there.has(name));
  if (missing.length === 0) return [];
  return [
    {
      message: `the target server lacks the ${plural(missing, 'tablespace')} ${nameList(missing)}`,
      hint: `as an administrator: CREATE TABLESPACE name ADD DATAFILE 'name.ibd';`,
    },
  ];
}

/** Null where the account may not ask. */
async function readTablespaces(session: Session, names: readonly string[]): Promise<Set<string> | null> {
  try {
    const rows = await session.query(
      `SELECT NAME AS name FROM information_schema.INNODB_TABLESPACES WHERE NAME IN (${names.map(quoteText).join(', ')})`,
    );
    return new Set(rows.map(({ name }) => name ?? ''));
  } catch (error) {
    if (isServerError(error)) return null;
    throw error;
  }
}

/** MySQL makes files in directories that it was told of alone. Warns where MariaDB has to make them elsewhere. */
function dataDirectories({ session, archived, options, variables }: PreflightContext): Problem[] {
  const { dataDirectories: wanted } = archived.requires;
  if (session.server.flavor !== 'mysql') {
    if (wanted.length > 0) {
      options.reporter.warning(
        `Tables of the archive lie in directories of their own (DATA DIRECTORY): ${nameList(wanted)}. They come back in the folder of the ` +
          'database, so there must be room for them: MariaDB loses such tables when they are renamed from database to database, as a restore does.',
      );
    }
    return [];
  }
  const known = [
    ...(variables.get('innodb_directories') ?? '').split(';'),
    variables.get('innodb_data_home_dir') ?? '',
    variables.get('innodb_undo_directory') ?? '',
    variables.get('datadir') ?? '',
  ].filter((path) => path.startsWith('/'));
  const isKnown = (path: string): boolean =>
    known.some((folder) => `${path}/`.startsWith(`${folder.replace(/\/+$/, '')}/`));
  const unknown = wanted.filter((path) => !isKnown(path));
  if (unknown.length === 0) return [];
  return [
    {
      message: `tables lie in directories that the target server does not know: ${nameList(unknown)}`,
      hint: `make them on its machine and restart it with --innodb-directories='${unknown.join(';')}', or move the tables at the source and back up again`,
    },
  ];
}
