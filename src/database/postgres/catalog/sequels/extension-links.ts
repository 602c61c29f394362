import type { Statement } from '../../../engine.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectId } from '../object.ts';

/** An object's mark that it goes when an extension is dropped, although it is none of its members. */
export interface ExtensionLink {
  readonly id: ObjectId;
  readonly statement: Statement;
}

interface LinkRow extends Record<string, string | null> {
  id: ObjectId;
  type: string;
  identity: string;
  schema: string | null;
  name: string;
  extension: string;
}

export async function readExtensionLinks(catalog: Catalog): Promise<ExtensionLink[]> {
  const rows = await catalog.query<LinkRow>(`
    SELECT c.relname || ':' || d.objid AS id, i.type, i.identity, i.schema, coalesce(i.name, i.identity) AS name,
      e.extname AS extension
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_class AS c ON c.oid = d.classid
    JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, 0) AS i
    WHERE d.deptype = 'x' AND d.refclassid = 'pg_catalog.pg_extension'::regclass
    ORDER BY i.type, i.identity COLLATE "C", e.extname`);
  return rows.map(({ id, type, identity, schema, name, extension }) => ({
    id,
    statement: {
      kind: type.toUpperCase(),
      schema,
      name,
      // The identity of an aggregate is one that only ALTER ROUTINE takes.
      sql: `ALTER ${type === 'aggregate' ? 'ROUTINE' : type.toUpperCase()} ${identity} DEPENDS ON EXTENSION ${quoteIdentifier(extension)};`,
    },
  }));
}
