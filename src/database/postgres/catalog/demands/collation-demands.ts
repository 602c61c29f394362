import { collationParts, type CollationParts } from '../sql/collation-options.ts';
import type { Dependencies } from '../order/dependencies.ts';
import type { Catalog, ObjectId } from '../object.ts';

/** A collation that the statements make: the server must have its locale. */
export interface CollationDemand extends CollationParts {
  /** Quoted and with its schema. */
  readonly name: string;
}

interface DemandRow extends CollationDemand, Record<string, string | null> {
  id: ObjectId;
  name: string;
}

export async function readCollationDemands(
  catalog: Catalog,
  dependencies: Dependencies,
): Promise<CollationDemand[]> {
  const rows = await catalog.query<DemandRow>(`
    SELECT 'pg_collation:' || c.oid AS id, pg_catalog.format('%I.%I', n.nspname, c.collname) AS name, ${collationParts('c')}
    FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
    WHERE ${catalog.isUserObject(`'pg_catalog.pg_collation'::pg_catalog.regclass`, 'c.oid')}
    ORDER BY 2`);
  return rows
    .filter(({ id }) => dependencies.ownerOf(id) !== undefined)
    .map(({ name, provider, deterministic, collate, ctype, locale, rules }) => ({
      name,
      provider,
      deterministic,
      collate,
      ctype,
      locale,
      rules,
    }));
}
