import type { Problem } from '../../../core/problem.ts';
import type { NewerDemands, NewerFeature } from '../catalog/demands/newer-demands.ts';
import { majorVersion } from '../facts.ts';
import type { Session } from '../connection/session.ts';
import type { PreflightContext } from './context.ts';
import { nameList } from '../../../core/name-lists.ts';

/**
 * An older server than the archive's will do when nothing is used that it lacks. What it lacks, told by the archive, is
 * listed with what uses it. Archives of the first versions do not tell, and are refused.
 */
export async function olderProblems(context: PreflightContext): Promise<Problem[]> {
  const { session, target, archived, options, version } = context;
  const wanted = majorVersion(archived.versionNumber);
  if (version === wanted) return [];
  if (version > wanted) return lostProblems(context);
  warnOfPublic(context);
  const message = `the target server is PostgreSQL ${target.version}, older than the archive's ${archived.version}`;
  const newer = archived.requires?.demands?.newer;
  if (newer === undefined) {
    return [
      {
        message,
        hint: `restore into PostgreSQL ${wanted} or newer: an older server does not understand all that is in it`,
      },
    ];
  }
  const features = newer.features.filter(
    ({ since, isPrivilege }) => since > version && !(isPrivilege && options.noPrivileges),
  );
  const lacking = await missingInServer(session, newer);
  return [
    ...features.map((feature) => ({
      message: `${message}, does not take ${feature.what}: ${users(feature)}`,
      hint: `restore into PostgreSQL ${feature.since} or newer${feature.isPrivilege ? ', or with --no-privileges' : ''}`,
    })),
    ...(lacking.length === 0
      ? []
      : [
          {
            message: `${message}, lacks what the archive's statements name: ${nameList(lacking)}`,
            hint: `restore into PostgreSQL ${wanted} or newer, or change what uses them in the source and back it up anew`,
          },
        ]),
  ];
}

/** What servers up to the archive's brought, and this newer one no longer does. */
async function lostProblems({ session, target, archived }: PreflightContext): Promise<Problem[]> {
  const newer = archived.requires?.demands?.newer;
  const lacking = newer === undefined ? [] : await missingInServer(session, newer);
  if (lacking.length === 0) return [];
  return [
    {
      message: `the target server is PostgreSQL ${target.version}, newer than the archive's ${archived.version}, and no longer has what the archive's statements name: ${nameList(lacking)}`,
      hint: `restore into PostgreSQL ${majorVersion(archived.versionNumber)}, or change what uses them in the source and back it up anew`,
    },
  ];
}

/** Since 15 schema public is closed. An archive says nothing of what is as servers have it. */
function warnOfPublic({ archived, options, version }: PreflightContext): void {
  const isSilent = archived.requires?.demands?.publicSchema.includes('privileges') === false;
  if (version >= 15 || majorVersion(archived.versionNumber) < 15 || options.noPrivileges || !isSilent) return;
  options.reporter.warning(
    `PostgreSQL ${version} lets everyone create objects in schema public, which the archive's server did not: ` +
      'REVOKE CREATE ON SCHEMA public FROM PUBLIC takes it back.',
  );
}

function users({ names, count }: NewerFeature): string {
  const rest = count - names.length;
  return nameList(rest > 0 ? [...names, `and ${rest} more`] : names);
}

/** Of what servers bring by themselves, what this one does not: the same names may stand for other things, but rarely do. */
async function missingInServer(
  session: Session,
  { functions, types, operatorClasses }: NewerDemands,
): Promise<string[]> {
  const rows = await session.query(
    `SELECT 'function ' || name AS what FROM pg_catalog.unnest($1::text[]) AS name
      WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_proc
        WHERE pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND proname = pg_catalog.split_part(name, '/', 1)
          AND pg_catalog.split_part(name, '/', 2)::int BETWEEN pronargs - pronargdefaults AND pronargs)
    UNION ALL
    SELECT 'type ' || name FROM pg_catalog.unnest($2::text[]) AS name
      WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_type
        WHERE typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND typname = name)
    UNION ALL
    SELECT 'operator class ' || name FROM pg_catalog.unnest($3::text[]) AS name
      WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_opclass AS o JOIN pg_catalog.pg_am AS a ON a.oid = o.opcmethod
        WHERE o.opcnamespace = 'pg_catalog'::pg_catalog.regnamespace AND a.amname || '/' || o.opcname = name)
    ORDER BY 1`,
    [[...functions], [...types], [...operatorClasses]],
  );
  return rows.map((row) => row['what'] ?? '');
}
