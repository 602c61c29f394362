import type { Dependencies } from '../order/dependencies.ts';
import { expressionTrees } from './expression-trees.ts';
import type { Catalog, ObjectId } from '../object.ts';

/** What servers took up to a version and refuse since. */
export interface VersionDemand {
  /** In the plural, for messages: `postfix operators`. */
  readonly what: string;
  readonly names: readonly string[];
  /** The first version that refuses them. */
  readonly refusedSince: number;
}

interface DemandRow extends Record<string, string | null> {
  id: ObjectId;
  what: string;
  name: string;
  since: string;
}

/** Functions that took `anyarray` and `anyelement` until 13; since 14 what names them must say `anycompatible…`. */
const ARRAY_FUNCTIONS = [
  'array_append',
  'array_cat',
  'array_position',
  'array_positions',
  'array_prepend',
  'array_remove',
  'array_replace',
  'width_bucket',
];

const NO_TREES = `SELECT NULL::text, NULL::text, NULL::text, NULL::text WHERE false`;

export async function readVersionDemands(
  catalog: Catalog,
  dependencies: Dependencies,
): Promise<VersionDemand[]> {
  const rows = await catalog.query<DemandRow>(demandQuery(catalog));
  const demands = new Map<string, { names: string[]; refusedSince: number }>();
  for (const { id, what, name, since } of rows) {
    if (
      (dependencies.ownerOf(id)?.kind ?? 'EXTENSION') === 'EXTENSION' ||
      catalog.version >= Number(since) * 10_000
    )
      continue;
    const demand = demands.get(what) ?? { names: [], refusedSince: Number(since) };
    if (!demand.names.includes(name)) demand.names.push(name);
    demands.set(what, demand);
  }
  return [...demands].map(([what, demand]) => ({ what, ...demand }));
}

function demandQuery(catalog: Catalog): string {
  const operator = `'pg_operator:' || o.oid AS id`;
  const name = 'o.oid::pg_catalog.regoperator::text AS name';
  const ofArrays = (column: string) =>
    `EXISTS (SELECT FROM pg_catalog.pg_proc AS f WHERE f.oid = ${column} AND f.oid < 16384
      AND f.proname IN (${ARRAY_FUNCTIONS.map((one) => `'${one}'`).join(', ')}))`;
  const polymorphic = `('pg_catalog.anyarray'::pg_catalog.regtype, 'pg_catalog.anyelement'::pg_catalog.regtype)`;
  const inOneDirection = (column: string) =>
    `EXISTS (SELECT FROM pg_catalog.pg_operator AS other WHERE other.oid = o.${column} AND other.${column} NOT IN (0, o.oid))`;
  return `
    SELECT ${operator}, 'postfix operators' AS what, ${name}, 14 AS since
    FROM pg_catalog.pg_operator AS o WHERE o.oid >= 16384 AND o.oprright = 0 AND o.oprcode <> 0
    UNION ALL
    SELECT ${operator}, 'operators on the array functions that take compatible types now', ${name}, 14
    FROM pg_catalog.pg_operator AS o
    WHERE o.oid >= 16384 AND ${ofArrays('o.oprcode')} AND (o.oprleft IN ${polymorphic} OR o.oprright IN ${polymorphic})
    UNION ALL
    SELECT 'pg_proc:' || a.aggfnoid::oid, 'aggregates on the array functions that take compatible types now',
      a.aggfnoid::pg_catalog.regprocedure::text, 14
    FROM pg_catalog.pg_aggregate AS a
    WHERE a.aggfnoid >= 16384 AND (${ofArrays('a.aggtransfn')} AND a.aggtranstype IN ${polymorphic}
      OR ${ofArrays('a.aggfinalfn')} AND a.aggtranstype IN ${polymorphic})
    UNION ALL
    SELECT ${operator}, 'operators whose commutator or negator is another operator''s', ${name}, 17
    FROM pg_catalog.pg_operator AS o
    WHERE o.oid >= 16384 AND (${inOneDirection('oprcom')} OR ${inOneDirection('oprnegate')})
    UNION ALL
    SELECT 'pg_conversion:' || c.oid, 'conversions by functions of five arguments',
      pg_catalog.format('%I.%I', n.nspname, c.conname), 14
    FROM pg_catalog.pg_conversion AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.connamespace
    JOIN pg_catalog.pg_proc AS p ON p.oid = c.conproc
    WHERE c.oid >= 16384 AND p.oid >= 16384 AND p.pronargs = 5
    UNION ALL
    SELECT t.id, 'expressions with operators that were taken away (factorials, @ and ~ of geometric types)',
      pg_catalog.format('%I.%I', t.schema, t.name), 14
    FROM (${catalog.version < 140000 ? expressionTrees(catalog) : NO_TREES}) AS t(id, schema, name, tree)
    WHERE EXISTS (SELECT FROM pg_catalog.regexp_matches(t.tree, ':opno (\\d+)', 'g') AS found
      JOIN pg_catalog.pg_operator AS o ON o.oid = found[1]::oid
      WHERE o.oid < 16384 AND (o.oprname IN ('!', '!!') AND pg_catalog.format_type(o.oprresult, NULL) = 'numeric'
        OR o.oprname IN ('@', '~') AND pg_catalog.format_type(o.oprleft, NULL) IN ('box', 'circle', 'point', 'polygon')))
    ORDER BY 2, 3`;
}
