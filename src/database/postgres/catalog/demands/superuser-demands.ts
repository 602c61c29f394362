import type { Statement } from '../../../engine.ts';
import { describeOwned, type Owner } from '../sequels/owner.ts';
import type { Privileges } from '../sequels/privileges.ts';
import type { Dependencies } from '../order/dependencies.ts';
import { ALONE, type Catalog, type ObjectId, type SchemaObject } from '../object.ts';
import { superuserTypes } from './superuser-types.ts';

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
  /** True for owners: `--no-owner` leaves them out. Archives of the first versions have none of these. */
  readonly isOwner?: boolean;
}

/** Kinds of objects that only a superuser makes, with their plural. */
const SUPERUSER_KINDS: Readonly<Record<string, string>> = {
  'ACCESS METHOD': 'access methods',
  'EVENT TRIGGER': 'event triggers',
  'OPERATOR CLASS': 'operator classes',
  'OPERATOR FAMILY': 'operator families',
  'PUBLICATION SCHEMA': 'publications of all tables in schemas',
};

const BUILT_IN_OWNERS = "owners of the server's own objects";

interface DemandRow extends Record<string, string | null> {
  id: ObjectId;
  what: string;
  name: string;
}

export async function readSuperuserDemands(
  catalog: Catalog,
  dependencies: Dependencies,
  {
    objects,
    builtInOwners,
    privileges,
  }: {
    objects: readonly SchemaObject[];
    builtInOwners: readonly Owner[];
    privileges: readonly Privileges[];
  },
): Promise<SuperuserDemand[]> {
  const rows = await catalog.query<DemandRow>(superuserQuery(catalog));
  const demands = new Map<string, { names: Set<string>; isPrivilege: boolean }>();
  const add = (what: string, name: string, isPrivilege: boolean): void => {
    const { names } = demands.get(what) ?? {};
    if (names === undefined) demands.set(what, { names: new Set([name]), isPrivilege });
    else names.add(name);
  };
  for (const { id, what, name } of rows) {
    // Not what comes by itself: a range type's constructors.
    if (dependencies.ownerOf(id)?.id === id) add(what, name, false);
  }
  for (const [kind, what] of Object.entries(SUPERUSER_KINDS)) {
    const ofKind = objects.filter((object) => object.kind === kind);
    const names = ofKind.map(qualified);
    for (const name of names.toSorted()) add(what, name, false);
  }
  const statements = [
    ...privileges.flatMap((list) => list.statements),
    ...objects
      .filter(({ kind }) => kind === 'DATABASE' || kind === 'LARGE OBJECT PRIVILEGES')
      .flatMap((object) => object.statements(ALONE)),
  ];
  for (const statement of statements) {
    const isByOther = statement.sql.startsWith('SET SESSION AUTHORIZATION ');
    if (isByOther) add('grants by others than the owner', qualified(statement), true);
  }
  for (const { id, isBuiltIn, statements: own } of privileges) {
    const [first] = own;
    // Those of range types belong to the first superuser.
    if (first !== undefined && id.startsWith('pg_proc:') && dependencies.ownerOf(id)?.kind === 'TYPE')
      add('privileges on constructors of range types', qualified(first), true);
    // Schema public is no more built in than a database is: its owner may grant on it.
    if (!isBuiltIn || first === undefined || dependencies.ownerOf(id)?.kind === 'SCHEMA') continue;
    add('privileges on objects of the server or of extensions', qualified(first), true);
  }
  for (const owner of builtInOwners) add(BUILT_IN_OWNERS, describeOwned(owner), false);
  return [...demands].map(([what, { names, isPrivilege }]) => ({
    what,
    count: names.size,
    names: [...names].slice(0, MAX_NAMES),
    isPrivilege,
    ...(what === BUILT_IN_OWNERS && { isOwner: true }),
  }));
}

function qualified({ schema, name }: Pick<Statement, 'schema' | 'name'>): string {
  return schema === null ? name : `${schema}.${name}`;
}

function superuserQuery(catalog: Catalog): string {
  const isUserFunction = catalog.isUserObject(`'pg_catalog.pg_proc'::pg_catalog.regclass`, 'p.oid');
  const functions = (what: string, condition: string) => `
    SELECT 'pg_proc:' || p.oid AS id, '${what}' AS what, p.oid::pg_catalog.regprocedure::text AS name
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
    LEFT JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid = p.oid
    WHERE ${condition} AND ${isUserFunction}`;
  const isSuperusers = '(SELECT rolsuper FROM pg_catalog.pg_roles WHERE oid = c.relowner)';
  const internal = `'pg_catalog.internal'::pg_catalog.regtype`;
  return `${[
    functions('LEAKPROOF functions', 'p.proleakproof'),
    functions('functions in untrusted languages', `NOT l.lanpltrusted AND p.prokind <> 'a'`),
    functions('functions with a planner support function', 'p.prosupport <> 0'),
    functions('aggregates with an internal state', `${internal} IN (a.aggtranstype, a.aggmtranstype)`),
    `SELECT 'pg_publication:' || p.oid, 'publications of all tables', pg_catalog.quote_ident(p.pubname)
    FROM pg_catalog.pg_publication AS p WHERE p.puballtables`,
    `SELECT 'pg_foreign_data_wrapper:' || w.oid, 'foreign-data wrappers', pg_catalog.quote_ident(w.fdwname)
    FROM pg_catalog.pg_foreign_data_wrapper AS w
    WHERE ${catalog.isUserObject(`'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass`, 'w.oid')}`,
    `SELECT 'pg_ts_parser:' || o.oid, 'text search parsers', pg_catalog.format('%I.%I', n.nspname, o.prsname)
    FROM pg_catalog.pg_ts_parser AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.prsnamespace
    WHERE ${catalog.isUserObject(`'pg_catalog.pg_ts_parser'::pg_catalog.regclass`, 'o.oid')}`,
    `SELECT 'pg_ts_template:' || o.oid, 'text search templates', pg_catalog.format('%I.%I', n.nspname, o.tmplname)
    FROM pg_catalog.pg_ts_template AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.tmplnamespace
    WHERE ${catalog.isUserObject(`'pg_catalog.pg_ts_template'::pg_catalog.regclass`, 'o.oid')}`,
    `SELECT 'pg_operator:' || o.oid, 'operators with selectivity estimators of others than the server',
      o.oid::pg_catalog.regoperator::text
    FROM pg_catalog.pg_operator AS o
    WHERE (o.oprrest >= 16384 OR o.oprjoin >= 16384)
      AND ${catalog.isUserObject(`'pg_catalog.pg_operator'::pg_catalog.regclass`, 'o.oid')}`,
    `SELECT 'pg_operator:' || o.oid, 'operators whose commutator or negator is not the database''s own',
      o.oid::pg_catalog.regoperator::text
    FROM pg_catalog.pg_operator AS o JOIN pg_catalog.pg_operator AS other ON other.oid IN (o.oprcom, o.oprnegate)
    WHERE NOT ${catalog.isUserObject(`'pg_catalog.pg_operator'::pg_catalog.regclass`, 'other.oid')}
      AND ${catalog.isUserObject(`'pg_catalog.pg_operator'::pg_catalog.regclass`, 'o.oid')}`,
    ...superuserTypes(catalog),
    // A canonical function needs the type's name before the type.
    `SELECT 'pg_type:' || r.rngtypid, 'range types with a canonical function',
      r.rngtypid::pg_catalog.regtype::text
    FROM pg_catalog.pg_range AS r
    WHERE r.rngcanonical <> 0
      AND ${catalog.isUserObject(`'pg_catalog.pg_type'::pg_catalog.regclass`, 'r.rngtypid')}`,
    // What CREATE EXTENSION makes for others belongs to a superuser.
    `SELECT 'pg_policy:' || p.oid, 'policies on tables of extensions', p.polrelid::pg_catalog.regclass::text
    FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
    WHERE p.polrelid >= 16384 AND ${isSuperusers} AND NOT ${catalog.isUserObject(`'pg_catalog.pg_class'::pg_catalog.regclass`, 'p.polrelid')}`,
    `SELECT 'row_security:' || c.oid, 'row-level security on tables of extensions', c.oid::pg_catalog.regclass::text
    FROM pg_catalog.pg_class AS c
    WHERE (c.relrowsecurity OR c.relforcerowsecurity) AND c.oid >= 16384 AND ${isSuperusers}
      AND NOT ${catalog.isUserObject(`'pg_catalog.pg_class'::pg_catalog.regclass`, 'c.oid')}`,
    `SELECT 'pg_class:' || t.tgrelid, 'settings of foreign keys'' triggers', t.tgrelid::pg_catalog.regclass::text
    FROM pg_catalog.pg_trigger AS t
    JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint AND k.contype <> 't'
    WHERE t.tgisinternal AND t.tgenabled <> 'O'
      AND ${catalog.isUserObject(`'pg_catalog.pg_class'::pg_catalog.regclass`, 't.tgrelid')}`,
  ].join('\n    UNION ALL ')}
    ORDER BY 2, 3`;
}
