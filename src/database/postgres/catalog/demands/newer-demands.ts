import { PRIVILEGES_KIND, type Statement } from '../../../engine.ts';
import { isPermanentSchema } from '../catalog.ts';
import type { Dependencies } from '../order/dependencies.ts';
import { EXPRESSION_FEATURES, expressionTrees } from './expression-trees.ts';
import { OBJECT_FEATURES } from './newer-features.ts';
import { ALONE, type Catalog, type ObjectId, type SchemaObject } from '../object.ts';
import type { Privileges } from '../sequels/privileges.ts';

/** How many names of a feature are kept. */
const MAX_NAMES = 20;

/** Something that servers take only from a version on. */
export interface NewerFeature {
  /** In the plural, for messages: `virtual generated columns`. */
  readonly what: string;
  /** The first version that takes it. */
  readonly since: number;
  readonly count: number;
  /** The first of what uses it. */
  readonly names: readonly string[];
  /** True for grants: without privileges they are left out. */
  readonly isPrivilege: boolean;
}

/** What the statements use that older servers may not have. */
export interface NewerDemands {
  readonly features: readonly NewerFeature[];
  /** The server's own functions in views, defaults and other parsed code: each as name and number of arguments, `lower/1`. */
  readonly functions: readonly string[];
  /** The server's own types of columns, domains and arguments. */
  readonly types: readonly string[];
  /** The server's own operator classes of indexes: `btree/text_ops`. */
  readonly operatorClasses: readonly string[];
}

interface FeatureRow extends Record<string, string | null> {
  id: ObjectId;
  since: string;
  what: string;
  is_privilege: string;
  schema: string | null;
  name: string;
}

interface NameRow extends Record<string, string | null> {
  id: ObjectId;
  name: string;
}

/** The parts of a schema that grant. */
interface GrantingSchema {
  readonly objects: readonly SchemaObject[];
  readonly privileges: readonly Privileges[];
}

/** What of a schema an older server would not take, as the catalogs and the parsed trees of its expressions show it. */
export async function readNewerDemands(
  catalog: Catalog,
  dependencies: Dependencies,
  schema: GrantingSchema,
): Promise<NewerDemands> {
  async function used(sql: string): Promise<string[]> {
    const rows = await catalog.query<NameRow>(sql);
    const own = rows.filter(({ id }) => isMade(dependencies, id));
    return [...new Set(own.map(({ name }) => name))].toSorted();
  }
  return {
    features: [...(await readFeatures(catalog, dependencies)), ...maintenance(schema)],
    functions: await used(functionQuery(catalog)),
    types: await used(typeQuery()),
    operatorClasses: await used(`
      SELECT 'pg_class:' || i.indexrelid AS id, a.amname || '/' || o.opcname AS name
      FROM pg_catalog.pg_index AS i CROSS JOIN LATERAL pg_catalog.unnest(i.indclass::oid[]) AS class
      JOIN pg_catalog.pg_opclass AS o ON o.oid = class JOIN pg_catalog.pg_am AS a ON a.oid = o.opcmethod
      WHERE i.indexrelid >= 16384 AND o.oid < 16384`),
  };
}

/** Whether a statement makes it; what an extension brings is its own affair. */
function isMade(dependencies: Dependencies, id: ObjectId): boolean {
  return (dependencies.ownerOf(id)?.kind ?? 'EXTENSION') !== 'EXTENSION';
}

async function readFeatures(catalog: Catalog, dependencies: Dependencies): Promise<NewerFeature[]> {
  const parts = OBJECT_FEATURES.filter(({ since }) => catalog.version >= since * 10_000).map(
    ({ since, what, sql, isPrivilege = false }) =>
      `SELECT f.id, ${since} AS since, '${what.replaceAll("'", "''")}' AS what, ${isPrivilege} AS is_privilege,
        f.schema, f.name FROM (${sql}) AS f(id, schema, name)`,
  );
  const patterns = EXPRESSION_FEATURES.filter(({ since }) => catalog.version >= since * 10_000).map(
    ({ since, what, pattern }) => `(${since}, '${what.replaceAll("'", "''")}', '${pattern}')`,
  );
  if (patterns.length > 0) {
    parts.push(`SELECT t.id, p.since, p.what, false, t.schema, t.name FROM (${expressionTrees(catalog)}) AS t(id, schema, name, tree)
      JOIN (VALUES ${patterns.join(', ')}) AS p(since, what, pattern) ON t.tree ~ p.pattern`);
  }
  if (parts.length === 0) return [];
  const rows = await catalog.query<FeatureRow>(
    `SELECT * FROM (${parts.join('\nUNION ALL\n')}) AS f ORDER BY since DESC, what, schema COLLATE "C", name COLLATE "C"`,
  );
  const features = new Map<string, FeatureRow[]>();
  for (const row of rows) {
    if (!isMade(dependencies, row.id)) continue;
    const users = features.get(row.what);
    if (users === undefined) features.set(row.what, [row]);
    else users.push(row);
  }
  return [...features].map(([what, users]) => {
    const names = [
      ...new Set(users.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`))),
    ];
    return {
      what,
      since: Number(users[0]?.since),
      count: names.length,
      names: names.slice(0, MAX_NAMES),
      isPrivilege: users[0]?.is_privilege === 't',
    };
  });
}

/** Statements that grant or revoke MAINTAIN by name. */
function maintenance({ objects, privileges }: GrantingSchema): NewerFeature[] {
  const feature = (what: string, statements: readonly Statement[]): NewerFeature[] => {
    const named = statements.filter(
      ({ kind, sql }) =>
        kind === PRIVILEGES_KIND && /\b(?:GRANT|REVOKE) [A-Z, ]*\bMAINTAIN\b[A-Z, ]* ON TABLES?\b/.test(sql),
    );
    const names = [
      ...new Set(named.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`))),
    ];
    if (names.length === 0) return [];
    return [{ what, since: 17, count: names.length, names: names.slice(0, MAX_NAMES), isPrivilege: true }];
  };
  const byDefault = objects.filter(({ kind }) => kind === 'DEFAULT ACL');
  return [
    ...feature(
      'grants of MAINTAIN',
      privileges.flatMap(({ statements }) => statements),
    ),
    ...feature(
      'default privileges with MAINTAIN',
      byDefault.flatMap((object) => object.statements(ALONE)),
    ),
  ];
}

/** A function that is shown in the syntax of SQL, as EXTRACT (… FROM …) is, may be another one in another version. */
function functionQuery(catalog: Catalog): string {
  return `
    SELECT t.id, p.proname || '/' || p.pronargs AS name
    FROM (${expressionTrees(catalog)}) AS t(id, schema, name, tree)
    CROSS JOIN LATERAL (
      SELECT DISTINCT found[1]::oid AS oid
      FROM pg_catalog.regexp_matches(t.tree, ':(?:funcid|aggfnoid|winfnoid) (\\d+)', 'g') AS found) AS f
    JOIN pg_catalog.pg_proc AS p ON p.oid = f.oid AND p.oid < 16384
    WHERE p.proname <> 'extract'`;
}

function typeQuery(): string {
  const ofType = (id: string, source: string, type: string) => `
    SELECT ${id} AS id, t.typname::text AS name FROM ${source}
    JOIN pg_catalog.pg_type AS t ON t.oid = ${type} AND t.oid < 16384
      AND t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace`;
  return [
    ofType(
      `'pg_class:' || c.oid`,
      `pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.oid >= 16384
        AND c.relkind IN ('r', 'p', 'f', 'c', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND ${isPermanentSchema('c.relnamespace')}`,
      'a.atttypid',
    ),
    ofType(`'pg_type:' || d.oid`, 'pg_catalog.pg_type AS d', `d.typbasetype AND d.oid >= 16384`),
    ofType(
      `'pg_proc:' || p.oid`,
      `pg_catalog.pg_proc AS p CROSS JOIN LATERAL pg_catalog.unnest(p.prorettype || p.proargtypes::oid[]) AS used(type)`,
      'used.type AND p.oid >= 16384',
    ),
  ].join('\n    UNION ALL');
}
