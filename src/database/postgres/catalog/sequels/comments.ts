import type { Statement } from '../../../engine.ts';
import { quoteLiteral } from '../sql/identifiers.ts';
import { type Catalog, COLUMN_NUMBERS, type ObjectId } from '../object.ts';
import { statementIdentity } from '../sql/object-identity.ts';

export interface Comment {
  readonly id: ObjectId;
  readonly statement: Statement;
}

interface CommentRow extends Record<string, string | null> {
  id: ObjectId;
  type: string;
  identity: string;
  schema: string | null;
  name: string;
  comment: string | null;
}

/**
 * The comments on all objects and columns. Those that the target has by itself are left out: that of a fresh database's
 * schema public, an extension's own and those of its members. Where one of those was taken away, the comment is null.
 */
export async function readComments(catalog: Catalog): Promise<Comment[]> {
  const rows = await catalog.query<CommentRow>(`
    SELECT CASE WHEN d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid > 0
        THEN 'pg_attribute:' || d.objoid::int8 * ${COLUMN_NUMBERS} + d.objsubid ELSE c.relname || ':' || d.objoid END AS id, i.type,
      CASE i.type WHEN 'domain constraint' THEN (SELECT pg_catalog.quote_ident(conname) || ' on DOMAIN '
          || pg_catalog.format_type(contypid, NULL) FROM pg_catalog.pg_constraint WHERE oid = d.objoid)
        WHEN 'transform' THEN (SELECT pg_catalog.format('FOR %s LANGUAGE %I', pg_catalog.format_type(t.trftype, NULL), l.lanname)
          FROM pg_catalog.pg_transform AS t JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang WHERE t.oid = d.objoid)
        ELSE ${statementIdentity('i', 'd.objoid')} END AS identity,
      i.schema, coalesce(i.name, i.identity) AS name, d.description AS comment
    FROM (
      SELECT classoid, objoid, objsubid, description FROM pg_catalog.pg_description
      -- Those of large objects come with them: there can be millions.
      WHERE ${catalog.isUserObject('classoid', 'objoid')} AND classoid <> 'pg_catalog.pg_largeobject'::regclass AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_namespace AS n
        WHERE classoid = 'pg_catalog.pg_namespace'::regclass AND n.oid = objoid AND n.nspname = 'public')
      -- What comes with a constraint or a partitioned table's trigger, under another name in each database, is on its own.
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS t LEFT JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint
        WHERE classoid = 'pg_catalog.pg_trigger'::regclass AND t.oid = objoid
          AND (t.tgparentid <> 0 OR t.tgisinternal AND k.contype <> 't'))
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname
        WHERE classoid = 'pg_catalog.pg_extension'::regclass AND e.oid = objoid AND a.comment = description)
      UNION ALL
      SELECT 'pg_catalog.pg_namespace'::regclass, n.oid, 0, d.description FROM pg_catalog.pg_namespace AS n
      LEFT JOIN pg_catalog.pg_description AS d
        ON d.classoid = 'pg_catalog.pg_namespace'::regclass AND d.objoid = n.oid
      WHERE n.nspname = 'public' AND d.description IS DISTINCT FROM 'standard public schema'
      UNION ALL
      SELECT 'pg_catalog.pg_extension'::regclass, e.oid, 0, NULL FROM pg_catalog.pg_extension AS e
      JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname
      WHERE a.comment IS NOT NULL AND pg_catalog.obj_description(e.oid, 'pg_extension') IS NULL
    ) AS d
    JOIN pg_catalog.pg_class AS c ON c.oid = d.classoid
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
    ORDER BY i.type, d.objsubid, i.identity COLLATE "C"`);
  return rows.map(({ id, type, identity, schema, name, comment }) => ({
    id,
    statement: {
      kind: 'COMMENT',
      schema,
      name,
      sql: `COMMENT ON ${commentedType(type)} ${identity} IS ${comment === null ? 'NULL' : quoteLiteral(comment)};`,
    },
  }));
}

/** What COMMENT calls what pg_identify_object() calls `type`. */
function commentedType(type: string): string {
  if (type.endsWith(' column')) return 'COLUMN';
  if (type.endsWith(' constraint')) return 'CONSTRAINT';
  if (type === 'statistics object') return 'STATISTICS';
  if (type === 'foreign-data wrapper') return 'FOREIGN DATA WRAPPER';
  // The identity of an aggregate without arguments is `f()`, which COMMENT ON AGGREGATE does not take.
  if (type === 'aggregate') return 'ROUTINE';
  return type.toUpperCase();
}
