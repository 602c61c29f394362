import type { Problem } from '../../../core/problem.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../catalog/sql/identifiers.ts';
import type { ConfigurationDemand } from '../catalog/extension-configuration.ts';
import { serverMessage } from '../connection/failure.ts';
import { attempt } from './attempt.ts';
import type { PreflightContext } from './context.ts';
import { commandList, nameList } from '../../../core/name-lists.ts';

/** What says that a table, a column or a schema is not there. */
const absent = new Set(['42P01', '42703', '3F000']);

/** Tables and sequences of extensions that the archive has contents for, and the target's extensions do not make. */
export async function configurationProblems(context: PreflightContext): Promise<Problem[]> {
  const relations = context.archived.requires?.demands?.configuration ?? [];
  // Those that are there will be replaced by others, which cannot be made beside them.
  const there = context.options.replace ? await presentExtensions(context) : new Set();
  const wanted = relations.filter(({ extension }) => !there.has(extension));
  const errors = await attempt(context, new Map(wanted.map((one) => [nameOf(one), trial(one)])));
  const missing = new Set(wanted.filter((one) => absent.has(errors.get(nameOf(one))?.code ?? '')));
  const forbidden = await forbiddenContents(
    context,
    relations.filter((one) => !missing.has(one)),
  );
  const lacking = [...missing].map(
    (one) => `${nameOf(one)} of ${one.extension} (${serverMessage(errors.get(nameOf(one)))})`,
  );
  if (lacking.length === 0) return forbidden;
  return [
    ...forbidden,
    {
      message: `the target server's versions of extensions have no place for what the archive holds for them: ${nameList(lacking)}`,
      hint:
        'install on the database server the versions that the archive was made with, or back up again with ' +
        '--exclude-table-data for these',
    },
  ];
}

/** Division by zero: what the trial says when the role lacks the privilege. */
const lacksPrivilege = '22012';

/** Contents that the role may not load: what CREATE EXTENSION makes for others often belongs to a superuser. */
async function forbiddenContents(
  context: PreflightContext,
  relations: readonly ConfigurationDemand[],
): Promise<Problem[]> {
  const { role } = context;
  if (role.isSuperuser) return [];
  const errors = await attempt(context, new Map(relations.map((one) => [nameOf(one), privilegeTrial(one)])));
  const forbidden = relations.filter((one) => errors.get(nameOf(one))?.code === lacksPrivilege);
  if (forbidden.length === 0) return [];
  const name = quoteIdentifier(role.name);
  const schemas = [...new Set(forbidden.map(({ schema }) => quoteIdentifier(schema)))];
  const commands = commandList(
    forbidden.map(
      (one) => (one.columns.length === 0 ? 'UPDATE ON SEQUENCE' : 'INSERT ON TABLE') + ` ${nameOf(one)}`,
    ),
    (what) => `GRANT ${what} TO ${name};`,
  );
  const usage = `GRANT USAGE ON SCHEMA ${schemas.join(', ')} TO ${name};`;
  const extensions = [...new Set(forbidden.map(({ extension }) => quoteIdentifier(extension)))];
  return [
    {
      message: `role ${name} may not write what the archive holds for extensions: ${nameList(forbidden.map(nameOf))}`,
      hint:
        'restore as a superuser, or back up again with --exclude-table-data for these, or let a superuser make ' +
        `${nameList(extensions)} in the target database beforehand (CREATE EXTENSION), then: ${usage} ${commands}`,
    },
  ];
}

/** By oids: who lacks a schema may not even name what is in it. */
function privilegeTrial(relation: ConfigurationDemand): string {
  const may =
    relation.columns.length === 0
      ? `pg_catalog.has_sequence_privilege(c.oid, 'UPDATE')`
      : `pg_catalog.has_table_privilege(c.oid, 'INSERT')`;
  return `${creation(relation)}
    SELECT 1 / (${may} AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'))::int4
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quoteLiteral(relation.schema)} AND c.relname = ${quoteLiteral(relation.name)}`;
}

function nameOf({ schema, name }: ConfigurationDemand): string {
  return qualifiedName(schema, name);
}

/** Reads nothing: whether the names are there is told all the same. */
function trial(relation: ConfigurationDemand): string {
  return `${creation(relation)} SELECT ${relation.columns.map(quoteIdentifier).join(', ')} FROM ${nameOf(relation)} LIMIT 0`;
}

function creation({ extension, extensionSchema }: ConfigurationDemand): string {
  const schema = quoteIdentifier(extensionSchema);
  return `CREATE SCHEMA IF NOT EXISTS ${schema};
    CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(extension)} WITH SCHEMA ${schema} CASCADE;`;
}

async function presentExtensions({ session }: PreflightContext): Promise<Set<string | null | undefined>> {
  const rows = await session.query('SELECT extname AS name FROM pg_catalog.pg_extension');
  return new Set(rows.map(({ name }) => name));
}
