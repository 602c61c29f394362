import type { Dependencies } from './dependencies.ts';
import type { Catalog, ObjectId, SchemaObject } from './object.ts';
import type { Privileges } from './privileges.ts';

/** How many names of a demand are kept. */
const MAX_NAMES = 20;

/** Statements of one kind that the server takes from a superuser only. */
export interface SuperuserDemand {
  /** What they make, in the plural, for messages: `LEAKPROOF functions`. */
  readonly what: string;
  readonly count: number;
  /** The first of what they make. */
  readonly names: readonly string[];
  /** True for grants: without privileges they are left out. */
  readonly isPrivilege: boolean;
}

interface DemandRow extends Record<string, string | null> {
  id: ObjectId;
  what: string;
  name: string;
}

export async function readSuperuserDemands(
  catalog: Catalog,
  dependencies: Dependencies,
  { objects, privileges }: { objects: readonly SchemaObject[]; privileges: readonly Privileges[] },
): Promise<SuperuserDemand[]> {
  const rows = await catalog.query<DemandRow>(superuserQuery(catalog));
  const demands = new Map<string, { names: string[]; isPrivilege: boolean }>();
  const add = (what: string, name: string, isPrivilege: boolean): void => {
    const { names } = demands.get(what) ?? {};
    if (names === undefined) demands.set(what, { names: [name], isPrivilege });
    else if (!names.includes(name)) names.push(name);
  };
  for (const { id, what, name } of rows) {
    // Not what comes by itself: a range type's constructors.
    if (dependencies.ownerOf(id)?.id === id) add(what, name, false);
  }
  const statements = [
    ...privileges.flatMap((list) => list.statements),
    ...objects
      .filter(({ kind }) => kind === 'DATABASE')
      .flatMap((object) => object.statements({ isInlined: () => false })),
  ];
  for (const { schema, name, sql } of statements) {
    const qualified = schema === null ? name : `${schema}.${name}`;
    if (sql.startsWith('SET SESSION AUTHORIZATION ')) add('grants by others than the owner', qualified, true);
  }
  for (const { id, isBuiltIn, statements: own } of privileges) {
    const [first] = own;
    // Schema public is no more built in than a database is: its owner may grant on it.
    if (!isBuiltIn || first === undefined || dependencies.ownerOf(id)?.kind === 'SCHEMA') continue;
    const name = first.schema === null ? first.name : `${first.schema}.${first.name}`;
    add('privileges on objects of the server or of extensions', name, true);
  }
  return [...demands].map(([what, { names, isPrivilege }]) => ({
    what,
    count: names.length,
    names: names.slice(0, MAX_NAMES),
    isPrivilege,
  }));
}

function superuserQuery(catalog: Catalog): string {
  const isUserFunction = catalog.isUserObject(`'pg_catalog.pg_proc'::pg_catalog.regclass`, 'p.oid');
  const functions = (what: string, condition: string) => `
    SELECT 'pg_proc:' || p.oid AS id, '${what}' AS what, p.oid::pg_catalog.regprocedure::text AS name
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
    LEFT JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid = p.oid
    WHERE ${condition} AND ${isUserFunction}`;
  const internal = `'pg_catalog.internal'::pg_catalog.regtype`;
  return `${[
    functions('LEAKPROOF functions', 'p.proleakproof'),
    functions('functions in untrusted languages', `NOT l.lanpltrusted AND p.prokind <> 'a'`),
    functions('functions with a planner support function', 'p.prosupport <> 0'),
    functions('aggregates with an internal state', `${internal} IN (a.aggtranstype, a.aggmtranstype)`),
    // A canonical function needs the type's name before the type.
    `SELECT 'pg_type:' || r.rngtypid, 'range types with a canonical function',
      r.rngtypid::pg_catalog.regtype::text
    FROM pg_catalog.pg_range AS r
    WHERE r.rngcanonical <> 0
      AND ${catalog.isUserObject(`'pg_catalog.pg_type'::pg_catalog.regclass`, 'r.rngtypid')}`,
    `SELECT 'pg_class:' || t.tgrelid, 'settings of foreign keys'' triggers', t.tgrelid::pg_catalog.regclass::text
    FROM pg_catalog.pg_trigger AS t
    WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled <> 'O'
      AND ${catalog.isUserObject(`'pg_catalog.pg_class'::pg_catalog.regclass`, 't.tgrelid')}`,
  ].join('\n    UNION ALL ')}
    ORDER BY 2, 3`;
}
