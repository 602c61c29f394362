import type { Problem } from '../../core/problem.ts';
import type { TargetOptions } from '../engine.ts';
import { quoteIdentifier, quoteLiteral } from './catalog/identifiers.ts';
import type { Session } from './connection/session.ts';
import { majorVersion, type PostgresFacts } from './facts.ts';
import { findMissing } from './missing.ts';

/** Everything that would make the load of `archived` fail, all at once. Changes nothing. */
export async function findProblems(
  session: Session,
  target: PostgresFacts,
  archived: PostgresFacts,
  options: TargetOptions,
): Promise<Problem[]> {
  const problem = otherLocale(target, archived);
  if (problem) options.reporter.warning(problem);
  return [
    ...(await readOnly(session)),
    ...olderServer(target, archived),
    ...otherEncoding(target, archived),
    ...(await findMissing(session, archived, options)),
    ...(await lackOfPrivileges(session, target)),
    ...(options.noOwner
      ? []
      : await lackOfMembership(session, target, archived.requires?.roles.owners ?? [])),
  ];
}

async function readOnly(session: Session): Promise<Problem[]> {
  const [row] = await session.query('SELECT pg_catalog.pg_is_in_recovery()::text AS standby');
  if (row?.['standby'] !== 'true') return [];
  return [{ message: 'The target server is a standby and read-only.', hint: 'Restore into its primary.' }];
}

function olderServer(target: PostgresFacts, archived: PostgresFacts): Problem[] {
  const [wanted, found] = [majorVersion(archived.versionNumber), majorVersion(target.versionNumber)];
  if (found >= wanted) return [];
  return [
    {
      message: `The target server is PostgreSQL ${target.version}, older than the archive's ${archived.version}.`,
      hint: `Restore into PostgreSQL ${wanted} or newer: an older server does not understand all that is in it.`,
    },
  ];
}

/** UTF8 holds every text of the other encodings, and the server converts. Of SQL_ASCII nobody knows what its bytes mean. */
function otherEncoding(target: PostgresFacts, archived: PostgresFacts): Problem[] {
  if (target.encoding === archived.encoding) return [];
  if (target.encoding === 'UTF8' && archived.encoding !== 'SQL_ASCII') return [];
  const create = `CREATE DATABASE ${quoteIdentifier(target.database)} ENCODING ${quoteLiteral(archived.encoding)}`;
  return [
    {
      message: `The target database's encoding is ${target.encoding}, the archive's is ${archived.encoding}.`,
      hint: `Make the database anew with: ${create} TEMPLATE template0`,
    },
  ];
}

/** Only sorting and case differ then, and indexes are built anew: worth a word, and no reason to refuse. */
function otherLocale(target: PostgresFacts, archived: PostgresFacts): string | undefined {
  const name = (facts: PostgresFacts): string =>
    `${facts.localeProvider} ${facts.locale ?? facts.collate}` +
    (facts.locale === null && facts.ctype !== facts.collate ? `, ctype ${facts.ctype}` : '');
  if (name(target) === name(archived)) return undefined;
  return (
    `The target database's locale is ${name(target)}, the archive's is ${name(archived)}: ` +
    'texts may sort and compare in another way.'
  );
}

async function lackOfPrivileges(session: Session, target: PostgresFacts): Promise<Problem[]> {
  const [row] = await session.query(`
    SELECT current_user AS role,
      pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')::text AS database,
      coalesce((SELECT pg_catalog.has_schema_privilege(oid, 'CREATE') FROM pg_catalog.pg_namespace
        WHERE nspname = 'public'), true)::text AS public`);
  const role = quoteIdentifier(row?.['role'] ?? '');
  const database = quoteIdentifier(target.database);
  const problems: Problem[] = [];
  if (row?.['database'] !== 'true') {
    problems.push({
      message: `Role ${role} may not create anything in database ${database}.`,
      hint: `As its owner or a superuser: GRANT CREATE ON DATABASE ${database} TO ${role};`,
    });
  }
  if (row?.['public'] !== 'true') {
    problems.push({
      message: `Role ${role} may not create anything in schema public of database ${database}.`,
      hint: `As its owner or a superuser: GRANT CREATE ON SCHEMA public TO ${role};`,
    });
  }
  return problems;
}

/**
 * Only a superuser may give an object to a role that it is not a member of (from 16 on: that it cannot SET ROLE to), and
 * only who has that role's privileges may alter the object afterwards.
 */
async function lackOfMembership(
  session: Session,
  target: PostgresFacts,
  owners: readonly string[],
): Promise<Problem[]> {
  const privilege = majorVersion(target.versionNumber) >= 16 ? 'SET' : 'MEMBER';
  const rows = await session.query(
    `SELECT rolname AS name, current_user AS role FROM pg_catalog.pg_roles
    WHERE rolname = ANY ($1::text[]) 
      AND NOT (pg_catalog.pg_has_role(current_user, oid, $2) AND pg_catalog.pg_has_role(current_user, oid, 'USAGE'))
    ORDER BY rolname`,
    [[...owners], privilege],
  );
  if (rows.length === 0) return [];
  const role = quoteIdentifier(rows[0]?.['role'] ?? '');
  const names = rows.map((row) => quoteIdentifier(row['name'] ?? ''));
  return [
    {
      message: `Role ${role} may not give objects to ${names.join(', ')}, who owned them.`,
      hint: `Restore with --no-owner, as a superuser, or after: GRANT ${names.join(', ')} TO ${role};`,
    },
  ];
}
