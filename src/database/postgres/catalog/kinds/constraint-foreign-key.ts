import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';
import { attachmentId } from './partition.ts';
import { takeName } from './partition-constraint.ts';

interface ForeignKeyRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  table: string;
  is_partitioned: string;
  name: string;
  definition: string;
  referenced: string;
  index_partitions: string;
  /** Of the partitioned table's foreign key that made this one. */
  parent: string | null;
  parent_schema: string | null;
  parent_table: string | null;
  parent_name: string | null;
}

/**
 * Foreign keys. Those that the server makes for partitions of either side come with the one declared; a partition that
 * had one of its own before it was attached keeps that one's name.
 */
export const foreignKeyKind: ObjectKind = {
  name: 'foreign key',
  async collect(catalog) {
    const rows = await catalog.query<ForeignKeyRow>(foreignKeyQuery(catalog));
    return rows.map(foreignKeyObject);
  },
};

function foreignKeyQuery(catalog: Catalog): string {
  return `
    WITH RECURSIVE lineage(oid, relation, root_name) AS (
      SELECT oid, conrelid, conname FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conparentid = 0
      UNION ALL
      -- The partitions of the referenced table add constraints to the same table.
      SELECT k.oid, k.conrelid, l.root_name FROM lineage AS l
      JOIN pg_catalog.pg_constraint AS k ON k.conparentid = l.oid AND k.conrelid <> l.relation)
    SELECT k.oid, n.nspname AS schema, c.relname AS "table", c.relkind = 'p' AS is_partitioned, k.conname AS name,
      pg_catalog.pg_get_constraintdef(k.oid) AS definition, k.confrelid AS referenced,
      (WITH RECURSIVE partition(index) AS (
          SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = k.conindid
          UNION ALL
          SELECT h.inhrelid FROM partition JOIN pg_catalog.pg_inherits AS h ON h.inhparent = partition.index)
        SELECT coalesce(json_agg(index::int8), '[]') FROM partition) AS index_partitions,
      p.oid AS parent, pn.nspname AS parent_schema, pc.relname AS parent_table, p.conname AS parent_name
    FROM lineage
    JOIN pg_catalog.pg_constraint AS k ON k.oid = lineage.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_constraint AS p ON p.oid = k.conparentid
    LEFT JOIN pg_catalog.pg_class AS pc ON pc.oid = p.conrelid
    LEFT JOIN pg_catalog.pg_namespace AS pn ON pn.oid = pc.relnamespace
    WHERE (p.oid IS NULL OR k.conname <> lineage.root_name)
      AND ${catalog.isUserObject(`'pg_catalog.pg_class'::regclass`, 'c.oid')}
      AND ${isPermanentSchema('c.relnamespace')}`;
}

function foreignKeyObject(row: ForeignKeyRow): SchemaObject {
  const { schema, table, name } = row;
  const indexPartitions = JSON.parse(row.index_partitions) as number[];
  const sql = row.parent === null ? addForeignKey(row) : takeOwnName(row);
  return {
    id: `pg_constraint:${Number(row.oid)}`,
    kind: 'FK CONSTRAINT',
    schema,
    name,
    table,
    section: 'post-data',
    partOf: [
      `pg_class:${Number(row.referenced)}`,
      ...(row.parent === null ? [] : [`pg_constraint:${Number(row.parent)}` as const]),
    ],
    // A key of a partitioned table can be referenced once its index is complete.
    requires: indexPartitions.map(attachmentId),
    statements: () => [{ kind: 'FK CONSTRAINT', schema, name, sql }],
  };
}

function addForeignKey({ schema, table, name, is_partitioned, definition }: ForeignKeyRow): string {
  const only = is_partitioned === 't' ? '' : 'ONLY ';
  return `ALTER TABLE ${only}${qualifiedName(schema, table)} ADD CONSTRAINT ${quoteIdentifier(name)} ${definition};`;
}

function takeOwnName(row: ForeignKeyRow): string {
  return takeName(row, {
    schema: row.parent_schema ?? '',
    table: row.parent_table ?? '',
    name: row.parent_name ?? '',
  });
}
