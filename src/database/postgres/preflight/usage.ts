import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import type { PreflightContext } from './context.ts';
import { commandList, nameList, plural } from '../../../core/name-lists.ts';

/** Tablespaces and languages that are there and not for this role. */
export async function usageProblems({ session, archived, role }: PreflightContext): Promise<Problem[]> {
  const rows = await session.query(
    `SELECT 'TABLESPACE' AS kind, 'CREATE' AS privilege, spcname AS name FROM pg_catalog.pg_tablespace
    WHERE spcname = ANY ($1::text[]) AND NOT pg_catalog.has_tablespace_privilege(oid, 'CREATE')
      -- The database's own takes everything.
      AND oid <> (SELECT dattablespace FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    UNION ALL
    SELECT 'LANGUAGE', 'USAGE', lanname FROM pg_catalog.pg_language
    WHERE lanname = ANY ($2::text[]) AND lanpltrusted AND NOT pg_catalog.has_language_privilege(oid, 'USAGE')
    ORDER BY kind DESC, name`,
    [archived.requires?.tablespaces ?? [], archived.requires?.languages ?? []],
  );
  const grantee = quoteIdentifier(role.name);
  return ['TABLESPACE', 'LANGUAGE'].flatMap((kind) => {
    const found = rows.filter((row) => row['kind'] === kind);
    if (found.length === 0) return [];
    const names = found.map((row) => row['name'] ?? '');
    const privilege = found[0]?.['privilege'];
    return {
      message: `role ${grantee} may not use the ${plural(names, kind.toLowerCase())} ${nameList(names)}`,
      hint: `as a superuser: ${commandList(names, (name) => `GRANT ${privilege} ON ${kind} ${quoteIdentifier(name)} TO ${grantee};`)}`,
    };
  });
}

/** What the server takes from a superuser only. */
export async function superuserProblems({ archived, options, role }: PreflightContext): Promise<Problem[]> {
  if (role.isSuperuser) return [];
  return (archived.requires?.demands?.superuser ?? [])
    .filter(({ isPrivilege }) => !(isPrivilege && options.noPrivileges))
    .filter(({ isOwner }) => !(isOwner === true && options.noOwner))
    .map(({ what, count, names, isPrivilege, isOwner }) => {
      const more = count > names.length ? ` and ${count - names.length} more` : '';
      return {
        message: `only a superuser may restore ${what}: ${names.join(', ')}${more}`,
        hint: `restore as a superuser${isPrivilege ? ', or with --no-privileges' : isOwner === true ? ', or with --no-owner' : ''}`,
      };
    });
}
