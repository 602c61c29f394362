import type { Problem } from '../../core/problem.ts';
import type { TargetOptions } from '../engine.ts';
import { quoteIdentifier } from './catalog/identifiers.ts';
import type { RequiredRoles } from './catalog/object.ts';
import type { Session } from './connection/session.ts';
import type { PostgresFacts } from './facts.ts';

/** What an archive's statements name and the target server does not have. */
export async function findMissing(
  session: Session,
  archived: PostgresFacts,
  options: Pick<TargetOptions, 'noOwner' | 'noPrivileges'>,
): Promise<Problem[]> {
  const { requires } = archived;
  if (requires === null) return [];
  /** Those of `names` that a query for `name` does not find. */
  const absent = async (names: readonly string[], sql: string): Promise<string[]> => {
    const found = new Set((await session.query(sql)).map((row) => row['name']));
    return names.filter((name) => !found.has(name));
  };
  const extensions = await findExtensionProblems(
    session,
    requires.extensions.map(({ name }) => name),
  );
  const roles = await absent(
    neededRoles(requires.roles, options),
    'SELECT rolname AS name FROM pg_catalog.pg_roles',
  );
  const tablespaces = await absent(
    requires.tablespaces,
    'SELECT spcname AS name FROM pg_catalog.pg_tablespace',
  );
  const languages = await absent(
    requires.languages,
    `SELECT lanname AS name FROM pg_catalog.pg_language UNION SELECT name FROM pg_catalog.pg_available_extensions`,
  );
  const accessMethods = await absent(requires.accessMethods, 'SELECT amname AS name FROM pg_catalog.pg_am');
  // A collation for another encoding than the database's cannot be used in it.
  const collations = await absent(
    requires.collations,
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.collname) AS name
    FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
    WHERE c.collencoding IN (-1, (SELECT encoding FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))`,
  );
  return [
    ...listed(roles, 'role', { hint: roleHint(roles, requires.roles) }),
    ...extensions,
    ...listed(languages, 'language', { hint: 'Install the package that brings it on the server.' }),
    ...listed(tablespaces, 'tablespace', {
      hint: tablespaces
        .map((name) => `CREATE TABLESPACE ${quoteIdentifier(name)} LOCATION '/path';`)
        .join(' '),
    }),
    ...listed(accessMethods, 'access method', {
      hint: 'Install the extension that brings it on the server.',
    }),
    ...listed(collations, 'collation', {
      hint:
        'Install the locale on the server, then as a superuser in the target database: ' +
        "SELECT pg_import_system_collations('pg_catalog');",
    }),
  ];
}

/** The roles that the statements name which are not left out. */
function neededRoles(
  { owners, privileges, others }: RequiredRoles,
  { noOwner, noPrivileges }: Pick<TargetOptions, 'noOwner' | 'noPrivileges'>,
): string[] {
  const needed = [...(noOwner ? [] : owners), ...(noPrivileges ? [] : privileges), ...others];
  return [...new Set(needed)].toSorted();
}

/** What makes the missing ones, and what would do without those that only owners and privileges name. */
function roleHint(missing: readonly string[], { others }: RequiredRoles): string {
  const create = missing.map((role) => `CREATE ROLE ${quoteIdentifier(role)};`).join(' ');
  const isLeftOut = !missing.some((role) => others.includes(role));
  return isLeftOut
    ? `${create} Or restore with --no-owner --no-privileges.`
    : `${create} Policies or settings of the database name ${missing.filter((role) => others.includes(role)).join(', ')}.`;
}

function listed(names: readonly string[], what: string, { hint }: { hint: string }): Problem[] {
  if (names.length === 0) return [];
  const message = `The target server lacks the ${what}${names.length === 1 ? '' : 's'} ${names.join(', ')}.`;
  return [{ message, hint }];
}

/** Extensions that the server cannot make, and those that the connecting role may not. */
async function findExtensionProblems(session: Session, names: readonly string[]): Promise<Problem[]> {
  const rows = await session.query(
    `SELECT a.name AS name,
      (e.extname IS NOT NULL)::text AS present,
      (coalesce(v.superuser AND NOT v.trusted, false) AND NOT r.rolsuper)::text AS forbidden
    FROM pg_catalog.pg_available_extensions AS a
    LEFT JOIN pg_catalog.pg_available_extension_versions AS v ON v.name = a.name AND v.version = a.default_version
    LEFT JOIN pg_catalog.pg_extension AS e ON e.extname = a.name
    JOIN pg_catalog.pg_roles AS r ON r.rolname = current_user
    WHERE a.name = ANY ($1::text[])`,
    [[...names]],
  );
  const available = new Map(rows.map((row) => [row['name'], row]));
  const missing = names.filter((name) => !available.has(name));
  const forbidden = names.filter((name) => {
    const row = available.get(name);
    return row?.['forbidden'] === 'true' && row['present'] !== 'true';
  });
  const problems = listed(missing, 'extension', {
    hint: 'Install the packages that bring them on the database server (CREATE EXTENSION comes with the restore).',
  });
  if (forbidden.length === 0) return problems;
  return [
    ...problems,
    {
      message: `Only a superuser may create the extension${forbidden.length === 1 ? '' : 's'} ${forbidden.join(', ')}.`,
      hint: 'Restore as a superuser, or let one mark them as trusted (trusted = true in the control file).',
    },
  ];
}
