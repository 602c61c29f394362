import { isPermanentSchema } from '../catalog.ts';
import type { Catalog, ObjectId } from '../object.ts';

/** A materialized view that is filled by what its owner may read only by a grant, or may read no more. */
export interface RefreshDemand {
  /** Quoted and with its schema, as all names here. */
  readonly name: string;
  /** What must be read, and the role that must: the view's owner, or that of a view which it reads. */
  readonly reads: string;
  readonly reader: string;
  /** False when the grant is gone: it was filled before. */
  readonly isGranted: boolean;
}

interface RefreshRow extends Record<string, string | null> {
  id: ObjectId;
  name: string;
  reads: string;
  reader: string;
  granted: string;
}

/** Those of the exported materialized views. Which of the columns a role may read is not looked at. */
export async function readRefreshDemands(
  catalog: Catalog,
  isExported: (id: ObjectId) => boolean,
): Promise<RefreshDemand[]> {
  const rows = await catalog.query<RefreshRow>(`
    WITH RECURSIVE reading(filled, owner, reader, relation) AS (
      SELECT oid, relowner, relowner, oid FROM pg_catalog.pg_class
      WHERE relkind = 'm' AND relispopulated AND ${isPermanentSchema('relnamespace')}
      UNION
      -- A view reads as its owner, unless it says that it reads as who asks.
      SELECT r.filled, r.owner, CASE WHEN EXISTS (SELECT FROM pg_catalog.unnest(v.reloptions) AS option
          WHERE option ~ '^security_invoker=(t|true|y|yes|on|1)$') THEN r.owner ELSE v.relowner END, d.refobjid
      FROM reading AS r
      JOIN pg_catalog.pg_class AS v ON v.oid = r.relation AND (v.relkind = 'v' OR v.oid = r.filled)
      JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = v.oid AND w.ev_type = '1'
      JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> v.oid
    )
    SELECT DISTINCT 'refresh:' || filled AS id, filled::pg_catalog.regclass::text AS name,
      relation::pg_catalog.regclass::text AS reads, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(reader)) AS reader,
      pg_catalog.has_any_column_privilege(reader, relation, 'SELECT')::text AS granted
    FROM reading JOIN pg_catalog.pg_class AS c ON c.oid = relation
    WHERE relation <> filled AND relation >= 16384 AND NOT (
      pg_catalog.pg_has_role(reader, c.relowner, 'USAGE')
      AND pg_catalog.has_any_column_privilege(reader, relation, 'SELECT'))
    ORDER BY 2, 3, 4`);
  return rows
    .filter(({ id }) => isExported(id))
    .map(({ name, reads, reader, granted }) => ({ name, reads, reader, isGranted: granted === 'true' }));
}
