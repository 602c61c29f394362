import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import type { PreflightContext } from './context.ts';
import { nameList } from '../../../core/name-lists.ts';

/** Objects that the connecting role cannot give to the roles that owned them. */
export async function ownershipProblems(context: PreflightContext): Promise<Problem[]> {
  if (context.options.noOwner || context.role.isSuperuser) return [];
  return [...(await lackOfMembership(context)), ...(await ownersWithoutSchema(context))];
}

/**
 * Only a superuser may give an object to a role that it is not a member of (from 16 on: that it cannot SET ROLE to), and
 * only who has that role's privileges may alter the object afterwards.
 */
async function lackOfMembership({ session, version, archived, role }: PreflightContext): Promise<Problem[]> {
  const rows = await session.query(
    `SELECT rolname AS name, (SELECT rolinherit::text FROM pg_catalog.pg_roles WHERE rolname = current_user) AS inherits
    FROM pg_catalog.pg_roles
    WHERE rolname = ANY ($1::text[])
      AND NOT (pg_catalog.pg_has_role(current_user, oid, $2) AND pg_catalog.pg_has_role(current_user, oid, 'USAGE'))
    ORDER BY rolname`,
    [archived.requires?.roles.owners ?? [], version >= 16 ? 'SET' : 'MEMBER'],
  );
  if (rows.length === 0) return [];
  const name = quoteIdentifier(role.name);
  const owners = nameList(rows.map((row) => quoteIdentifier(row['name'] ?? '')));
  // Before 16 a role inherits from all that it is a member of or from none.
  const inherit = version < 16 && rows[0]?.['inherits'] === 'false' ? ` ALTER ROLE ${name} INHERIT;` : '';
  const options = version >= 16 ? ' WITH INHERIT TRUE, SET TRUE' : '';
  return [
    {
      message: `role ${name} may not give objects to ${owners}, who owned them`,
      hint: `restore with --no-owner, as a superuser, or after: GRANT ${owners} TO ${name}${options};${inherit}`,
    },
  ];
}

/**
 * Who is given an object by another than a superuser must be allowed to create in its schema: by what it had, or by the
 * archive's grants on it.
 */
async function ownersWithoutSchema(context: PreflightContext): Promise<Problem[]> {
  const { session, archived } = context;
  const resetOwner = await ownerOfResetPublic(context);
  const problems: Problem[] = [];
  const { noPrivileges } = context.options;
  for (const { name, owner, roles, creators } of archived.requires?.demands?.schemas ?? []) {
    // All other schemas are made by the archive, without grants at first.
    const keepsGrants = name === 'public' && resetOwner === null;
    const granted = noPrivileges || (keepsGrants && !(await ownsPublic(context))) ? [] : (creators ?? []);
    if (granted.includes(null)) continue;
    const rows = await session.query(
      // What the connecting role makes is not given to it.
      `SELECT r.rolname AS name FROM pg_catalog.pg_roles AS r
      WHERE r.rolname = ANY ($1::text[]) AND r.rolname <> current_user
        AND NOT coalesce((SELECT pg_catalog.has_schema_privilege(r.oid, oid, 'CREATE')
          FROM pg_catalog.pg_namespace WHERE nspname = $2), false)
        AND NOT coalesce((SELECT pg_catalog.pg_has_role(r.oid, oid, 'USAGE')
          FROM pg_catalog.pg_roles WHERE rolname = $3), false)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS creator
          WHERE creator.rolname = ANY ($4::text[]) AND pg_catalog.pg_has_role(r.oid, creator.oid, 'USAGE'))
      ORDER BY r.rolname`,
      [[...roles], keepsGrants ? name : null, owner ?? (name === 'public' ? resetOwner : null), granted],
    );
    if (rows.length === 0) continue;
    const names = nameList(rows.map((row) => quoteIdentifier(row['name'] ?? '')));
    const schema = quoteIdentifier(name);
    const grant = keepsGrants ? `, or after: GRANT CREATE ON SCHEMA public TO ${names};` : '';
    problems.push({
      message: `only a superuser may give objects in schema ${schema} to ${names}, who may not create anything in it`,
      hint: `restore as a superuser, or with --no-owner${grant}`,
    });
  }
  return problems;
}

/** Whether the connecting role may grant on the target's schema public. */
async function ownsPublic({ session }: PreflightContext): Promise<boolean> {
  const [row] = await session.query(
    `SELECT pg_catalog.pg_has_role(nspowner, 'USAGE')::text AS owns FROM pg_catalog.pg_namespace WHERE nspname = 'public'`,
  );
  return row?.['owns'] === 'true';
}

/**
 * Where a replacement takes grants on schema public away: who owns it then, and may still create in it. Null where they
 * stay, or do not matter: before 15 all may create in it.
 */
async function ownerOfResetPublic({ session, options, version }: PreflightContext): Promise<string | null> {
  if (!options.replace || options.noPrivileges || version < 15) return null;
  const [row] = await session.query(
    `
    SELECT CASE WHEN pg_catalog.pg_has_role('pg_database_owner', $1) THEN 'pg_database_owner'
      ELSE pg_catalog.pg_get_userbyid(nspowner) END AS owner
    FROM pg_catalog.pg_namespace WHERE nspname = 'public' AND pg_catalog.pg_has_role(nspowner, 'USAGE')`,
    [version >= 16 ? 'SET' : 'MEMBER'],
  );
  return row?.['owner'] ?? null;
}
