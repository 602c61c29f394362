import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName } from '../sql/identifiers.ts';
import type { Catalog, ObjectId, ObjectKind, SchemaObject } from '../object.ts';

interface AttachmentRow extends Record<string, string | null> {
  child: string;
  parent: string;
  is_index: string;
  schema: string;
  name: string;
  parent_schema: string;
  parent_name: string;
  bound: string | null;
  checks: string;
  is_foreign: string;
  /** JSON: of a foreign table the oids of the parent's indexes, with the indexes that are attached to these. */
  indexes: string | null;
}

/** The attachments of partitions to their tables, and of their indexes to the tables' indexes. */
export const partitionKind: ObjectKind = {
  name: 'partition',
  async collect(catalog) {
    const rows = await catalog.query<AttachmentRow>(attachmentQuery(catalog));
    return rows.map((row) => (row.is_index === 't' ? indexAttachment(row) : tableAttachment(row)));
  },
};

/** The object that attaches the partition or index with this oid. */
export function attachmentId(child: number): ObjectId {
  return `pg_inherits:${child}`;
}

function attachmentQuery(catalog: Catalog): string {
  return `
    SELECT c.oid AS child, p.oid AS parent, c.relkind IN ('i', 'I') AS is_index,
      n.nspname AS schema, c.relname AS name, pn.nspname AS parent_schema, p.relname AS parent_name,
      pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound,
      (SELECT coalesce(json_agg(k.oid::int8), '[]') FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid IN (c.oid, p.oid) AND k.contype = 'c' AND k.convalidated) AS checks,
      c.relkind = 'f' AS is_foreign,
      CASE WHEN c.relkind = 'f' THEN (
        WITH RECURSIVE tree(oid) AS (
          SELECT indexrelid FROM pg_catalog.pg_index WHERE indrelid = p.oid
          UNION ALL SELECT below.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS below ON below.inhparent = tree.oid
        ) SELECT json_agg(oid::int8) FROM tree) END AS indexes
    FROM pg_catalog.pg_inherits AS h
    JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
    JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
    WHERE c.relispartition AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
        WHERE i.indexrelid = c.oid AND i.indisexclusion) AND ${catalog.isUserObject(`'pg_catalog.pg_class'::regclass`, 'c.oid')}
      AND ${isPermanentSchema('c.relnamespace')}`;
}

/**
 * A foreign table has no indexes, and an index is made valid by those of all partitions: it is attached when the
 * parent's indexes are complete.
 */
function tableAttachment(row: AttachmentRow): SchemaObject {
  const { schema, name } = row;
  const isForeign = row.is_foreign === 't';
  const indexes = JSON.parse(row.indexes ?? '[]') as number[];
  const parent = qualifiedName(row.parent_schema, row.parent_name);
  const sql = `ALTER TABLE ONLY ${parent} ATTACH PARTITION ${qualifiedName(schema, name)} ${row.bound};`;
  return {
    id: attachmentId(Number(row.child)),
    kind: 'TABLE ATTACH',
    schema,
    name,
    section: isForeign ? 'post-data' : 'pre-data',
    partOf: [`pg_class:${Number(row.child)}`, `pg_class:${Number(row.parent)}`],
    requires: (JSON.parse(row.checks) as number[]).map((oid) => `pg_constraint:${oid}` as const),
    follows: indexes.flatMap((oid) => [`pg_class:${oid}` as const, attachmentId(oid)]),
    statements: () => [{ kind: 'TABLE ATTACH', schema, name, sql }],
  };
}

function indexAttachment(row: AttachmentRow): SchemaObject {
  const { schema, name } = row;
  const parent = qualifiedName(row.parent_schema, row.parent_name);
  const sql = `ALTER INDEX ${parent} ATTACH PARTITION ${qualifiedName(schema, name)};`;
  return {
    id: attachmentId(Number(row.child)),
    kind: 'INDEX ATTACH',
    schema,
    name,
    section: 'post-data',
    partOf: [`pg_class:${Number(row.child)}`, `pg_class:${Number(row.parent)}`],
    statements: () => [{ kind: 'INDEX ATTACH', schema, name, sql }],
  };
}
