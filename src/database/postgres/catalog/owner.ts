import { OWNER_KIND, type Statement } from '../../engine.ts';
import { quoteIdentifier } from './identifiers.ts';
import type { Catalog, ObjectId } from './object.ts';

export interface Owner {
  readonly id: ObjectId;
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
}

/** The catalogs of objects with an owner, by the column that has it, and which of their rows have one of their own. */
const OWNER_CATALOGS: readonly { catalog: string; owner: string; where: string }[] = [
  { catalog: 'pg_namespace', owner: 'nspowner', where: 'true' },
  { catalog: 'pg_type', owner: 'typowner', where: 'true' },
  { catalog: 'pg_proc', owner: 'proowner', where: 'true' },
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

/** The owner of every object that can have one. */
export async function readOwners(catalog: Catalog): Promise<Owner[]> {
  const queries = OWNER_CATALOGS.map(({ catalog: name, owner, where }) => {
    const isUsers =
      name === 'pg_namespace'
        ? `(o.oid >= 16384 OR o.nspname = 'public') AND NOT (${isFreshPublic(catalog)})`
        : 'o.oid >= 16384';
    return `
      SELECT '${name}:' || o.oid AS id, i.type, i.identity, i.schema, i.name, pg_catalog.pg_get_userbyid(o.${owner}) AS role
      FROM pg_catalog.${name} AS o
      CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.${name}'::regclass, o.oid, 0) AS i
      WHERE ${isUsers} AND (${where})`;
  });
  const rows = await catalog.query<OwnerRow>(queries.join('\n      UNION ALL'));
  return rows.map(({ id, type, identity, schema, name, role }) => ({
    id,
    role,
    statement: {
      kind: OWNER_KIND,
      schema,
      name: name ?? identity,
      sql: `ALTER ${alteredType(type)} ${identity} OWNER TO ${quoteIdentifier(role)};`,
    },
  }));
}

/** What ALTER calls what pg_identify_object() calls `type`, in the syntax that takes its `identity`. */
function alteredType(type: string): string {
  return type === 'aggregate' ? 'ROUTINE' : type.toUpperCase();
}
