import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import type { PreflightContext } from './context.ts';
import { nameList } from '../../../core/name-lists.ts';

/** Roles that are given publications, by another than a superuser, and may not create anything in the database. */
export async function publicationProblems({
  session,
  target,
  archived,
  options,
  role,
}: PreflightContext): Promise<Problem[]> {
  const { publicationOwners = [], database: changes = [] } = archived.requires?.demands ?? {};
  // What the archive grants on the database comes before.
  const isGranted = changes.includes('privileges') && !options.noPrivileges;
  if (role.isSuperuser || options.noOwner || isGranted) return [];
  const rows = await session.query(
    `SELECT pg_catalog.quote_ident(rolname) AS name FROM pg_catalog.pg_roles
    WHERE rolname = ANY ($1::text[]) AND rolname <> current_user
      AND NOT pg_catalog.has_database_privilege(oid, pg_catalog.current_database(), 'CREATE')
    ORDER BY rolname`,
    [[...publicationOwners]],
  );
  if (rows.length === 0) return [];
  const names = nameList(rows.map(({ name }) => name ?? ''));
  const database = quoteIdentifier(target.database);
  return [
    {
      message: `only a superuser may give publications to ${names}, who may not create anything in database ${database}`,
      hint: `restore as a superuser, or with --no-owner, or after: GRANT CREATE ON DATABASE ${database} TO ${names};`,
    },
  ];
}
