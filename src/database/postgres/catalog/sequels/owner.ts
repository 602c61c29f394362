import { OWNER_KIND, type Statement } from '../../../engine.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectId } from '../object.ts';
import { statementIdentity } from '../sql/object-identity.ts';

export interface Owner {
  readonly id: ObjectId;
  /** True for an object of the server's own, which no statement of ours makes. */
  readonly isBuiltIn: boolean;
  readonly role: string;
  readonly statement: Statement;
}

interface OwnerRow extends Record<string, string | null> {
  id: ObjectId;
  type: string;
  identity: string;
  schema: string | null;
  name: string;
  role: string;
  built_in: string;
}

/** The catalogs of objects with an owner, by the column that has it, and which of their rows have one of their own. */
const OWNER_CATALOGS: readonly { catalog: string; owner: string; where: string }[] = [
  { catalog: 'pg_namespace', owner: 'nspowner', where: 'true' },
  { catalog: 'pg_type', owner: 'typowner', where: 'true' },
  { catalog: 'pg_proc', owner: 'proowner', where: 'true' },
  { catalog: 'pg_language', owner: 'lanowner', where: 'true' },
  { catalog: 'pg_collation', owner: 'collowner', where: 'true' },
  { catalog: 'pg_conversion', owner: 'conowner', where: 'true' },
  { catalog: 'pg_operator', owner: 'oprowner', where: 'true' },
  { catalog: 'pg_opfamily', owner: 'opfowner', where: 'true' },
  { catalog: 'pg_opclass', owner: 'opcowner', where: 'true' },
  { catalog: 'pg_statistic_ext', owner: 'stxowner', where: 'true' },
  { catalog: 'pg_event_trigger', owner: 'evtowner', where: 'true' },
  { catalog: 'pg_publication', owner: 'pubowner', where: 'true' },
  { catalog: 'pg_ts_dict', owner: 'dictowner', where: 'true' },
  { catalog: 'pg_ts_config', owner: 'cfgowner', where: 'true' },
  { catalog: 'pg_foreign_data_wrapper', owner: 'fdwowner', where: 'true' },
  { catalog: 'pg_foreign_server', owner: 'srvowner', where: 'true' },
  // An identity column's sequence has its table's.
  {
    catalog: 'pg_class',
    owner: 'relowner',
    where: `relkind IN ('r', 'p', 'v', 'm', 'f') OR relkind = 'S' AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = o.oid
        AND deptype = 'i')`,
  },
];

/**
 * A fresh database has the schema public. Since 15 its owner is the database's, before it was who made the cluster:
 * neither is worth a statement, which in a newer server or another's cluster would even be wrong.
 */
function isFreshPublic({ version }: Catalog): string {
  const freshOwner = version >= 150000 ? `'pg_database_owner'::pg_catalog.regrole` : '10';
  return `o.nspname = 'public' AND o.nspowner = ${freshOwner}`;
}

/** What comes with another object or takes no statement, of what the server brings. */
const DEPENDENT: Readonly<Record<string, string>> = {
  pg_namespace: `o.nspname = 'public'`,
  pg_type: `o.typrelid <> 0 OR o.typtype = 'm' OR EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = o.oid)`,
  pg_class: 'o.oid < 12000',
};

/** The owner of every object of users that can have one, and of those of the server's own that were given to another. */
export async function readOwners(catalog: Catalog): Promise<Owner[]> {
  const queries = OWNER_CATALOGS.map(({ catalog: name, owner, where }) => {
    const isUsers =
      name === 'pg_namespace'
        ? `(o.oid >= 16384 OR o.nspname = 'public') AND NOT (${isFreshPublic(catalog)})`
        : 'o.oid >= 16384';
    // They belong to who made the cluster.
    const isGiven = `o.oid < 16384 AND o.${owner} <> 10 AND NOT (${DEPENDENT[name] ?? 'false'})`;
    return `
      SELECT '${name}:' || o.oid AS id, i.type, ${statementIdentity('i', 'o.oid')} AS identity, i.schema, i.name,
        pg_catalog.pg_get_userbyid(o.${owner}) AS role, ${isGiven} AS built_in
      FROM pg_catalog.${name} AS o
      CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.${name}'::regclass, o.oid, 0) AS i
      WHERE (${isUsers} OR ${isGiven}) AND (${where})`;
  });
  const rows = await catalog.query<OwnerRow>(queries.join('\n      UNION ALL'));
  return rows.map(({ id, type, identity, schema, name, role, built_in }) => ({
    id,
    isBuiltIn: built_in === 't',
    role,
    statement: {
      kind: OWNER_KIND,
      schema,
      name: name ?? identity,
      sql: `ALTER ${alteredType(type)} ${identity} OWNER TO ${quoteIdentifier(role)};`,
    },
  }));
}

/** What gives the server's own objects back to who made the cluster, which a superuser may do. */
export async function readOwnerResets(catalog: Catalog): Promise<{ object: string; sql: string }[]> {
  const [maker] = await catalog.query<{ name: string }>('SELECT pg_catalog.pg_get_userbyid(10) AS name');
  const owners = (await readOwners(catalog)).filter(({ isBuiltIn }) => isBuiltIn);
  return owners.map((owner) => {
    const object = describeOwned(owner);
    return { object, sql: `ALTER ${object} OWNER TO ${quoteIdentifier(maker?.name ?? '')};` };
  });
}

/** What an owner's statement calls the object, with its type. */
export function describeOwned({ role, statement: { sql } }: Owner): string {
  return sql.slice('ALTER '.length, -` OWNER TO ${quoteIdentifier(role)};`.length);
}

/** What ALTER calls what pg_identify_object() calls `type`, in the syntax that takes its `identity`. */
function alteredType(type: string): string {
  if (type === 'statistics object') return 'STATISTICS';
  if (type === 'foreign-data wrapper') return 'FOREIGN DATA WRAPPER';
  return type === 'aggregate' ? 'ROUTINE' : type.toUpperCase();
}
