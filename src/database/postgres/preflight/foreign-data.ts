import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import type { PreflightContext } from './context.ts';
import { commandList, nameList } from '../../../core/name-lists.ts';

/** Foreign-data wrappers that who restores, or who gets their servers, may not use, and owners who must be superusers. */
export async function foreignDataProblems(context: PreflightContext): Promise<Problem[]> {
  return [...(await ordinaryOwners(context)), ...(await unusableWrappers(context))];
}

async function ordinaryOwners({ session, archived, options }: PreflightContext): Promise<Problem[]> {
  if (options.noOwner) return [];
  const rows = await session.query(
    `SELECT pg_catalog.quote_ident(rolname) AS name FROM pg_catalog.pg_roles
    WHERE rolname = ANY ($1::text[]) AND NOT rolsuper ORDER BY rolname`,
    [[...(archived.requires?.demands?.superuserOwners ?? [])]],
  );
  if (rows.length === 0) return [];
  const names = rows.map(({ name }) => name ?? '');
  return [
    {
      message: `only superusers can own foreign-data wrappers and event triggers, as the archive has it of ${nameList(names)}`,
      hint: `restore with --no-owner, or after: ${commandList(names, (name) => `ALTER ROLE ${name} SUPERUSER;`)}`,
    },
  ];
}

/** A superuser makes and gives away servers of any wrapper. */
async function unusableWrappers({ session, archived, options, role }: PreflightContext): Promise<Problem[]> {
  if (role.isSuperuser) return [];
  const problems: Problem[] = [];
  for (const { name, roles } of archived.requires?.demands?.wrappers ?? []) {
    const rows = await session.query(
      `SELECT pg_catalog.quote_ident(r.rolname) AS name
      FROM pg_catalog.pg_foreign_data_wrapper AS w CROSS JOIN pg_catalog.pg_roles AS r
      WHERE w.fdwname = $1 AND (r.rolname = current_user OR r.rolname = ANY ($2::text[]))
        AND NOT pg_catalog.has_foreign_data_wrapper_privilege(r.oid, w.oid, 'USAGE')
      ORDER BY r.rolname`,
      [name, options.noOwner ? [] : [...roles]],
    );
    if (rows.length === 0) continue;
    const lacking = nameList(rows.map((row) => row['name'] ?? ''));
    const wrapper = quoteIdentifier(name);
    problems.push({
      message: `${lacking} may not use the foreign-data wrapper ${wrapper}, of which the archive has servers`,
      hint: `in the target database, as a superuser: GRANT USAGE ON FOREIGN DATA WRAPPER ${wrapper} TO ${lacking};`,
    });
  }
  return problems;
}
