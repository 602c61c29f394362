import type { Demands } from './demands.ts';
import type { Dependencies } from '../order/dependencies.ts';
import type { Catalog, ObjectId, RequiredRoles } from '../object.ts';

/** What the statements name and do not make: the target must have it. Names are as they are, except for collations. */
export interface Requirements {
  readonly roles: RequiredRoles;
  readonly extensions: { name: string; version: string; schema: string }[];
  readonly languages: string[];
  readonly tablespaces: string[];
  /** Quoted and with their schema. */
  readonly collations: string[];
  readonly accessMethods: string[];
  /** What else they ask for; archives of the first versions do not tell. */
  readonly demands?: Demands;
}

interface NameRow extends Record<string, string | null> {
  id: ObjectId;
  name: string;
}

interface ExtensionRow extends NameRow {
  version: string;
  schema: string;
}

export async function readRequirements(
  catalog: Catalog,
  dependencies: Dependencies,
  roles: RequiredRoles,
): Promise<Requirements> {
  /** The rows of a query for `id` and `name` that objects need without providing them. */
  async function outside(sql: string): Promise<string[]> {
    const rows = await catalog.query<NameRow>(sql);
    return distinct(rows.filter(({ id }) => dependencies.outside.has(id)).map(({ name }) => name));
  }
  /** The names in a query's rows whose `id` belongs to an object of the schema. */
  async function ofObjects(sql: string): Promise<string[]> {
    const rows = await catalog.query<NameRow>(sql);
    return rows.filter(({ id }) => dependencies.ownerOf(id) !== undefined).map(({ name }) => name);
  }
  const extensions = await catalog.query<ExtensionRow>(`
    SELECT 'pg_extension:' || e.oid AS id, e.extname AS name, e.extversion AS version, n.nspname AS schema
    FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
    ORDER BY e.extname`);
  return {
    roles: {
      owners: distinct(roles.owners),
      privileges: distinct(roles.privileges),
      others: distinct(roles.others),
    },
    extensions: extensions
      .filter(({ id }) => dependencies.ownerOf(id) !== undefined)
      .map(({ name, version, schema }) => ({ name, version, schema })),
    languages: await outside(
      `SELECT 'pg_language:' || oid AS id, lanname AS name FROM pg_catalog.pg_language`,
    ),
    tablespaces: distinct(
      await ofObjects(`
        SELECT 'pg_class:' || c.oid AS id, s.spcname AS name
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
        WHERE c.oid >= 16384`),
    ),
    collations: await outside(`
      SELECT 'pg_collation:' || c.oid AS id, pg_catalog.format('%I.%I', n.nspname, c.collname) AS name
      FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace`),
    accessMethods: await outside(`SELECT 'pg_am:' || oid AS id, amname AS name FROM pg_catalog.pg_am`),
  };
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}
