import type { Catalog } from './object.ts';

/** The first oid that the server gives to objects made after initdb (its FirstNormalObjectId). */
const FIRST_USER_OID = 16384;

/** Runs one catalog query inside the snapshot and returns every value as the server's text. */
export type CatalogQuery = (
  sql: string,
  values?: readonly unknown[],
) => Promise<Record<string, string | null>[]>;

/**
 * The catalogs of one database. `query` must run in a transaction with search_path = '', so that the server writes
 * every name with its schema.
 *
 * @param version the server's server_version_num
 */
export function createCatalog(query: CatalogQuery, version: number): Catalog {
  return {
    version,
    async query<Row extends Record<string, string | null>>(sql: string, values?: readonly unknown[]) {
      return (await query(sql, values)) as Row[];
    },
    isUserObject: (classId, oid) =>
      `(${oid} >= ${FIRST_USER_OID} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS member
        WHERE member.classid = ${classId} AND member.objid = ${oid} AND member.deptype = 'e'))`,
  };
}

/** An SQL condition: the schema whose oid is `namespace` (an SQL expression) outlives the session that made it. */
export function isPermanentSchema(namespace: string): string {
  return `(SELECT nspname !~ '^pg_(temp|toast)' FROM pg_catalog.pg_namespace WHERE oid = ${namespace})`;
}
