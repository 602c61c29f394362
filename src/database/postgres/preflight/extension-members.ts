import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import { missingMembers } from '../target/missing-members.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';
import { nameList } from '../../../core/name-lists.ts';

/** What objects of the archive need of extensions, and the target's extensions do not make. */
export async function extensionMemberProblems(context: PreflightContext): Promise<Problem[]> {
  const { session, archived, options } = context;
  const rows = await session.query('SELECT extname AS name FROM pg_catalog.pg_extension');
  // Those that are there will be replaced by others, which cannot be made beside them.
  const there = new Set(options.replace ? rows.map(({ name }) => name) : []);
  const wanted = (archived.requires?.demands?.extensionMembers ?? []).filter(
    ({ extension, used }) => used.length > 0 && !there.has(extension),
  );
  const schemas = new Map(archived.requires?.extensions.map(({ name, schema }) => [name, schema]));
  const creations = wanted.map(({ extension }) => {
    const schema = quoteIdentifier(schemas.get(extension) ?? 'public');
    const sql = `CREATE SCHEMA IF NOT EXISTS ${schema};
      CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(extension)} WITH SCHEMA ${schema} CASCADE;`;
    return [extension, sql] as const;
  });
  const lacking: string[] = [];
  // What cannot be made at all is told elsewhere.
  await attempt(context, new Map(creations), async (name) => {
    const used = wanted.find(({ extension }) => extension === name)?.used ?? [];
    const missing = await missingMembers(session, name, used);
    if (missing.length > 0) lacking.push(`${nameList(missing)} of ${name}`);
  });
  if (lacking.length === 0) return [];
  return [
    {
      message: `the archive's objects need what the target's extensions do not make: ${nameList(lacking)}`,
      hint:
        'install on the database server the versions that the archive was made with; or, where it was added to the ' +
        'extension by hand, take it out at the source (ALTER EXTENSION … DROP …) and back up again: then it is in the archive',
    },
  ];
}
