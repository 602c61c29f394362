import type { Problem } from '../../../core/problem.ts';
import type { TargetOptions } from '../../engine.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import type { RequiredRoles } from '../catalog/object.ts';
import type { PreflightContext } from './context.ts';
import { commandList, nameList, plural } from '../../../core/name-lists.ts';

/** Roles, languages, tablespaces and access methods that the statements name and the target does not have. */
export async function missingProblems(context: PreflightContext): Promise<Problem[]> {
  const { requires } = context.archived;
  if (requires === null) return [];
  const roles = await absent(context, neededRoles(requires.roles, context.options), 'pg_roles', 'rolname');
  // What is replaced becomes like new, and plpgsql is in every new database.
  const isThere = (language: string): boolean => context.options.replace && language === 'plpgsql';
  const languages = (await absent(context, requires.languages, 'pg_language', 'lanname')).filter(
    (language) => !isThere(language),
  );
  const tablespaces = await absent(context, requires.tablespaces, 'pg_tablespace', 'spcname');
  const accessMethods = await absent(context, requires.accessMethods, 'pg_am', 'amname');
  return [
    ...listed(roles, 'role', roleHint(roles, requires.roles)),
    ...listed(
      languages,
      'language',
      `in the target database: ${commandList(languages, (name) => `CREATE EXTENSION ${quoteIdentifier(name)};`)} ` +
        'Where the server does not know it, install the package that brings it first',
    ),
    ...listed(
      tablespaces,
      'tablespace',
      commandList(tablespaces, (name) => `CREATE TABLESPACE ${quoteIdentifier(name)} LOCATION '/path';`),
    ),
    ...listed(accessMethods, 'access method', 'install the extension that brings it on the server'),
  ];
}

/** Those of `names` that a catalog has not. */
async function absent(
  { session }: PreflightContext,
  names: readonly string[],
  catalog: string,
  column: string,
): Promise<string[]> {
  const rows = await session.query(
    `SELECT ${column} AS name FROM pg_catalog.${catalog} WHERE ${column} = ANY ($1::text[])`,
    [[...names]],
  );
  const found = new Set(rows.map((row) => row['name']));
  return names.filter((name) => !found.has(name));
}

/** The roles that the statements name which are not left out. */
function neededRoles(
  { owners, privileges, others }: RequiredRoles,
  { noOwner, noPrivileges }: TargetOptions,
): string[] {
  const needed = [...(noOwner ? [] : owners), ...(noPrivileges ? [] : privileges), ...others];
  return [...new Set(needed)].toSorted();
}

/** What makes the missing ones, and what would do without those that only owners and privileges name. */
function roleHint(missing: readonly string[], { others }: RequiredRoles): string {
  const create = commandList(missing, (role) => `CREATE ROLE ${quoteIdentifier(role)};`);
  const kept = missing.filter((role) => others.includes(role));
  return kept.length === 0
    ? `${create} Or restore with --no-owner --no-privileges`
    : `${create} Policies or settings of the database name ${nameList(kept)}`;
}

function listed(names: readonly string[], what: string, hint: string): Problem[] {
  if (names.length === 0) return [];
  return [{ message: `the target server lacks the ${plural(names, what)} ${nameList(names)}`, hint }];
}
