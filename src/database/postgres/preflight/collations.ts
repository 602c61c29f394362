import type { Problem } from '../../../core/problem.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';
import { nameList, plural } from '../../../core/name-lists.ts';

/** Collations that the archive takes for granted and that the server lacks or cannot open; warns of other versions. */
export async function collationProblems(context: PreflightContext): Promise<Problem[]> {
  const { session, archived } = context;
  const wanted = archived.requires?.collations ?? [];
  // A collation for another encoding than the database's cannot be used in it.
  const rows = await session.query(`
    SELECT pg_catalog.format('%I.%I', n.nspname, c.collname) AS name
    FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
    WHERE c.collencoding IN (-1, (SELECT encoding FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))`);
  const listed = new Set(rows.map((row) => row['name']));
  const present = wanted.filter((name) => listed.has(name));
  // A row in the catalog does not mean that the system's locale is still there. The names are those of the catalog.
  const errors = await attempt(
    context,
    new Map(present.map((name) => [name, `SELECT 'a' < 'b' COLLATE ${name}`])),
  );
  await warnOfVersions(
    context,
    present.filter((name) => !errors.has(name)),
  );
  const missing = wanted.filter((name) => !listed.has(name) || errors.has(name));
  if (missing.length === 0) return [];
  const isIcu = (name: string): boolean => name.endsWith('-x-icu"');
  const hints = [
    missing.some((name) => !isIcu(name)) && 'install the locale on the server',
    missing.some(isIcu) && `use a server built with ICU for ${nameList(missing.filter(isIcu))}`,
  ].filter(Boolean);
  return [
    {
      message: `the target server lacks the ${plural(missing, 'collation')} ${nameList(missing)}`,
      hint:
        `${hints.join(', ')}; then as a superuser in the target database: ` +
        "SELECT pg_import_system_collations('pg_catalog');",
    },
  ];
}

/** Of the archive's collations `names`, those that another version of their library stands behind. */
async function warnOfVersions(
  { session, archived, options }: PreflightContext,
  names: readonly string[],
): Promise<void> {
  const theirs = new Map(
    (archived.requires?.demands?.collationVersions ?? []).map(({ name, version }) => [name, version]),
  );
  const compared = names.filter((name) => theirs.has(name));
  if (compared.length === 0) return;
  const found = await session.query(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.collname) AS name,
      pg_catalog.pg_collation_actual_version(c.oid) AS version
    FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
    WHERE pg_catalog.format('%I.%I', n.nspname, c.collname) = ANY ($1::text[]) ORDER BY 1`,
    [compared],
  );
  const other = found.filter(({ name, version }) => version && theirs.get(name ?? '') !== version);
  if (other.length === 0) return;
  options.reporter.warning(
    'Texts may sort in another way by collations that have another version than at the source: ' +
      `${nameList(other.map(({ name, version }) => `${name} (${version}, there ${theirs.get(name ?? '')})`))}.`,
  );
}
