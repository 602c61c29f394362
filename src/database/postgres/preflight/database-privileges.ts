import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import {
  findKeptExtensions,
  findPreinstalledExtensions,
  schemasOfExtensions,
} from '../target/kept-extensions.ts';
import type { PreflightContext } from './context.ts';
import { nameList, plural } from '../../../core/name-lists.ts';

/** What the connecting role may not make or change in the target database and in its schema public. */
export async function databasePrivilegeProblems(context: PreflightContext): Promise<Problem[]> {
  return [
    ...(await databaseProblems(context)),
    ...(await publicSchemaProblems(context)),
    ...(await keptSchemaProblems(context)),
  ];
}

async function databaseProblems({
  session,
  target,
  archived,
  options,
  role,
}: PreflightContext): Promise<Problem[]> {
  const [row] = await session.query(`
    SELECT pg_catalog.has_database_privilege(oid, 'CREATE')::text AS creates,
      pg_catalog.pg_has_role(datdba, 'USAGE')::text AS owns
    FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`);
  const demands = archived.requires?.demands;
  const changes = demands?.database ?? ['objects'];
  const name = quoteIdentifier(role.name);
  const database = quoteIdentifier(target.database);
  const problems: Problem[] = [];
  const isSchemaGiven = !options.noOwner && demands?.publicSchema.includes('owner');
  if (row?.['creates'] !== 'true' && (changes.includes('objects') || isSchemaGiven)) {
    problems.push({
      message: `role ${name} may not create anything in database ${database}`,
      hint: `as its owner or a superuser: GRANT CREATE ON DATABASE ${database} TO ${name};`,
    });
  }
  if (row?.['owns'] === 'true') return problems;
  const owners = changes.filter((change) => change === 'comment' || change === 'settings');
  if (owners.length > 0) {
    problems.push({
      message: `only the owner of database ${database} may give it its ${owners.join(' and its ')}, and role ${name} is not`,
      hint: `as a superuser: ALTER DATABASE ${database} OWNER TO ${name};`,
    });
  } else if (changes.includes('privileges') && !options.noPrivileges) {
    options.reporter.warning(
      `Role ${name} does not own database ${database}: what the archive grants on the database itself is left out. ` +
        `To have it, as a superuser: ALTER DATABASE ${database} OWNER TO ${name};`,
    );
  }
  return problems;
}

/** Schemas that the archive's objects go in, that stay for extensions of others, and that the role may not create in. */
async function keptSchemaProblems({
  session,
  archived,
  options,
  role,
}: PreflightContext): Promise<Problem[]> {
  const { extensions = [], demands } = archived.requires ?? {};
  const populated = demands?.populatedSchemas ?? [];
  if (role.isSuperuser || populated.length === 0) return [];
  const kept = options.replace
    ? await findKeptExtensions(
        session,
        extensions.map(({ name }) => name),
      )
    : await findPreinstalledExtensions(session);
  const schemas = (await schemasOfExtensions(session, kept)).map(({ name }) => name);
  const rows = await session.query(
    `SELECT pg_catalog.quote_ident(nspname) AS name FROM pg_catalog.pg_namespace
    WHERE nspname = ANY ($1::text[])
      AND NOT (pg_catalog.has_schema_privilege(oid, 'CREATE') AND pg_catalog.has_schema_privilege(oid, 'USAGE'))
    ORDER BY nspname`,
    [populated.filter((name) => schemas.includes(name))],
  );
  if (rows.length === 0) return [];
  const names = rows.map((row) => row['name'] ?? '');
  const grantee = quoteIdentifier(role.name);
  return [
    {
      message: `role ${grantee} may not create anything in the ${plural(names, 'schema')} ${nameList(names)}, which extensions of others are in`,
      hint: `in the target database, as a superuser: GRANT CREATE, USAGE ON SCHEMA ${nameList(names)} TO ${grantee};`,
    },
  ];
}

async function publicSchemaProblems({
  session,
  target,
  version,
  archived,
  options,
  role,
}: PreflightContext): Promise<Problem[]> {
  const [row] = await session.query(`
    SELECT pg_catalog.has_schema_privilege(oid, 'CREATE')::text AS creates,
      pg_catalog.pg_has_role(nspowner, 'USAGE')::text AS owns
    FROM pg_catalog.pg_namespace WHERE nspname = 'public'`);
  const demands = archived.requires?.demands;
  const changes = (demands?.publicSchema ?? ['objects']).filter(
    (change) =>
      !(change === 'owner' && options.noOwner) && !(change === 'privileges' && options.noPrivileges),
  );
  const name = quoteIdentifier(role.name);
  const database = quoteIdentifier(target.database);
  if (row === undefined) {
    if (options.replace || demands === undefined || changes.length === 0) return [];
    const fresh =
      version >= 15
        ? 'CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC;'
        : 'CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC;';
    return [
      {
        message: `database ${database} has no schema public, which every new one has`,
        hint: `in it: ${fresh}`,
      },
    ];
  }
  const problems: Problem[] = [];
  if (row['creates'] !== 'true' && changes.includes('objects')) {
    problems.push({
      message: `role ${name} may not create anything in schema public of database ${database}`,
      hint: `as its owner or a superuser: GRANT CREATE ON SCHEMA public TO ${name};`,
    });
  }
  if (row['owns'] === 'true') return problems;
  const owners = changes.filter((change) => change === 'comment' || change === 'owner');
  const own = `in the target database, as a superuser: ALTER SCHEMA public OWNER TO ${name};`;
  if (owners.length > 0) {
    problems.push({
      message: `only the owner of schema public may give it its ${owners.join(' and its ')}, and role ${name} is not`,
      hint: own,
    });
  } else if (changes.includes('privileges')) {
    options.reporter.warning(
      `Role ${name} does not own schema public: its privileges stay as they are. To restore them, ${own}`,
    );
  }
  return problems;
}
