import type { Problem } from '../../../core/problem.ts';
import { quoteIdentifier } from '../catalog/sql/identifiers.ts';
import type { Requirements } from '../catalog/demands/requirements.ts';
import { findKeptExtensions, findPreinstalledExtensions } from '../target/kept-extensions.ts';
import { serverMessage } from '../connection/failure.ts';
import { attempt } from './attempt.ts';
import { compareVersions } from './compare-versions.ts';
import type { PreflightContext } from './context.ts';
import { commandList, nameList, plural } from '../../../core/name-lists.ts';

type Required = Requirements['extensions'][number];

/** Archives of the first versions may tell the name only. */
type Wanted = Pick<Required, 'name'> & Partial<Required>;

/** An extension that the archive wants, and what the target knows of it. */
interface Extension {
  readonly wanted: Wanted;
  /** The version that the restore ends with: that which is there, or what CREATE EXTENSION takes. */
  readonly version: string;
  /** Where the database has it already. */
  readonly presentIn: string | null;
  /** The only schema that its package lets it be in. */
  readonly fixedSchema: string | null;
  /** True when a superuser has to make it, by what its package says. */
  readonly isRestricted: boolean;
}

/** Extensions that the server cannot make as the archive needs them, and those that the connecting role may not make. */
export async function extensionProblems(context: PreflightContext): Promise<Problem[]> {
  const wanted = context.archived.requires?.extensions ?? [];
  const known = await readExtensions(context, wanted);
  const missing = wanted
    .filter((one) => !known.some((other) => other.wanted === one))
    .map(({ name }) => name);
  await warnOfOthers(context, wanted);
  return [
    ...missingProblem(missing),
    ...versionProblems(context, known),
    ...schemaProblems(context, known),
    ...(await forbiddenProblems(context, known)),
  ];
}

async function readExtensions(
  { session, options }: PreflightContext,
  wanted: readonly Wanted[],
): Promise<Extension[]> {
  const rows = await session.query(
    `SELECT a.name AS name, coalesce(a.default_version, '') AS version, v.schema AS fixed,
      e.extversion AS present_version, n.nspname AS present_schema,
      coalesce(v.superuser AND NOT v.trusted, false)::text AS restricted
    FROM pg_catalog.pg_available_extensions AS a
    LEFT JOIN pg_catalog.pg_available_extension_versions AS v ON v.name = a.name AND v.version = a.default_version
    LEFT JOIN pg_catalog.pg_extension AS e ON e.extname = a.name
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
    WHERE a.name = ANY ($1::text[])`,
    [wanted.map(({ name }) => name)],
  );
  const found = new Map(rows.map((row) => [row['name'], row]));
  // What is replaced is gone by then, but for a few.
  const kept = options.replace ? await findKeptExtensions(session, [...found.keys()] as string[]) : [];
  const stays = (name: string): boolean => !options.replace || kept.some((one) => one.name === name);
  return wanted.flatMap((one) => {
    const row = found.get(one.name);
    if (row === undefined) return [];
    const present = stays(one.name) ? (row['present_version'] ?? null) : null;
    return {
      wanted: one,
      version: present ?? row['version'] ?? '',
      presentIn: present === null ? null : (row['present_schema'] ?? null),
      fixedSchema: row['fixed'] ?? null,
      isRestricted: row['restricted'] === 'true',
    };
  });
}

/** An empty database may hold extensions of others: those that the archive lacks stay all the same. */
async function warnOfOthers(
  { session, options }: PreflightContext,
  wanted: readonly Wanted[],
): Promise<void> {
  if (options.replace) return;
  const present = (await findPreinstalledExtensions(session)).map(({ name }) => name);
  const others = present.filter((name) => !wanted.some((one) => one.name === name)).map(quoteIdentifier);
  if (others.length === 0) return;
  options.reporter.warning(
    `The target database has the ${plural(others, 'extension')} ${nameList(others)} of others, which the archive lacks: they stay.`,
  );
}

function missingProblem(names: readonly string[]): Problem[] {
  if (names.length === 0) return [];
  return [
    {
      message: `the target server lacks the ${plural(names, 'extension')} ${nameList(names)}`,
      hint: 'install the packages that bring them on the database server (CREATE EXTENSION comes with the restore)',
    },
  ];
}

/**
 * The restore makes extensions in the version that the server gives by itself, as pg_dump does. A newer one is what an
 * upgrade wants; an older one may lack what the archive's objects name.
 */
function versionProblems({ options }: PreflightContext, known: readonly Extension[]): Problem[] {
  const others = known.filter(
    ({ wanted, version }) => wanted.version !== undefined && wanted.version !== version,
  );
  const described = (list: readonly Extension[]): string =>
    nameList(
      list.map(
        ({ wanted, version }) => `${wanted.name} (${version || 'none'}, in the archive ${wanted.version})`,
      ),
    );
  const compared = others.map((one) => ({
    one,
    order: compareVersions(one.version, one.wanted.version ?? ''),
  }));
  const newer = compared.filter(({ order }) => order === 1).map(({ one }) => one);
  const unclear = compared.filter(({ order }) => order === null).map(({ one }) => one);
  const older = compared.filter(({ order }) => order === -1).map(({ one }) => one);
  if (newer.length > 0) options.reporter.detail(`Extensions of newer versions: ${described(newer)}`);
  if (unclear.length > 0) {
    options.reporter.warning(`Extensions of other versions than the archive's: ${described(unclear)}.`);
  }
  if (older.length === 0) return [];
  const updates = older.filter(({ presentIn }) => presentIn !== null).map(({ wanted }) => wanted.name);
  const update = commandList(updates, (name) => `ALTER EXTENSION ${quoteIdentifier(name)} UPDATE;`);
  return [
    {
      message: `the target server's versions of extensions are older than the archive's: ${described(older)}`,
      hint: `install newer packages on the database server${update && `, then: ${update}`}`,
    },
  ];
}

function schemaProblems({ options }: PreflightContext, known: readonly Extension[]): Problem[] {
  const placed = known.filter(({ wanted }) => wanted.schema !== undefined);
  // What a replacement cannot remove is told with what else it cannot.
  const elsewhere = placed.filter(
    ({ wanted, presentIn }) => presentIn !== null && presentIn !== wanted.schema && !options.replace,
  );
  const fixed = placed.filter(
    ({ wanted, presentIn, fixedSchema }) =>
      presentIn === null && fixedSchema !== null && fixedSchema !== wanted.schema,
  );
  const problems: Problem[] = [];
  if (elsewhere.length > 0) {
    const names = elsewhere.map(
      ({ wanted, presentIn }) => `${wanted.name} (in ${presentIn}, in the archive ${wanted.schema})`,
    );
    problems.push({
      message: `the target database has extensions in other schemas than the archive: ${nameList(names)}`,
      hint: `as their owner drop them, and the restore makes them, or give them their schema: ${commandList(
        elsewhere.map(({ wanted }) => wanted.name),
        (name) => `DROP EXTENSION ${quoteIdentifier(name)};`,
      )}`,
    });
  }
  if (fixed.length > 0) {
    const names = fixed.map(
      ({ wanted, fixedSchema }) => `${wanted.name} (in ${fixedSchema}, in the archive ${wanted.schema})`,
    );
    problems.push({
      message: `the target server makes extensions in no other schema than its own: ${nameList(names)}`,
      hint: 'install on the database server the versions that the archive was made with',
    });
  }
  return problems;
}

function creation({ name, schema }: Wanted): string {
  const extension = `CREATE EXTENSION ${quoteIdentifier(name)}`;
  if (schema === undefined) return `${extension};`;
  const place = quoteIdentifier(schema);
  const isThere = ['public', 'pg_catalog'].includes(schema);
  return `${isThere ? '' : `CREATE SCHEMA IF NOT EXISTS ${place}; `}${extension} SCHEMA ${place};`;
}

/** A hosted server may let a role make more than the packages say: where they forbid it, it is tried. */
async function forbiddenProblems(context: PreflightContext, known: readonly Extension[]): Promise<Problem[]> {
  if (context.role.isSuperuser) return [];
  const doubtful = known.filter(({ isRestricted, presentIn }) => isRestricted && presentIn === null);
  const create = ({ wanted: { name }, fixedSchema }: Extension): string => {
    const extension = `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)}`;
    if (fixedSchema !== null) return `${extension} CASCADE`;
    return `CREATE SCHEMA holdfast_attempt; ${extension} SCHEMA holdfast_attempt CASCADE`;
  };
  const errors = await attempt(context, new Map(doubtful.map((one) => [one.wanted.name, create(one)])));
  const forbidden = doubtful.map(({ wanted }) => wanted.name).filter((name) => errors.has(name));
  if (forbidden.length === 0) return [];
  const why = serverMessage(errors.get(forbidden[0] ?? ''));
  return [
    {
      message: `role ${quoteIdentifier(context.role.name)} may not create the ${plural(forbidden, 'extension')} ${nameList(forbidden)}: ${why}`,
      hint: `restore as a superuser, or let one make them beforehand in the schemas of the archive: ${commandList(
        doubtful.filter(({ wanted }) => errors.has(wanted.name)).map(({ wanted }) => creation(wanted)),
        (command) => command,
      )}`,
    },
  ];
}
