import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../identifiers.ts';
import type { ObjectKind } from '../object.ts';
import { attachmentId } from './partition.ts';

interface ForeignKeyRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  table: string;
  is_partitioned: string;
  name: string;
  definition: string;
  referenced: string;
  index_partitions: string;
}

/** Foreign keys. Those that the server makes for partitions of either side come with the one declared. */
export const foreignKeyKind: ObjectKind = {
  name: 'foreign key',
  async collect(catalog) {
    const rows = await catalog.query<ForeignKeyRow>(`
      SELECT k.oid, n.nspname AS schema, c.relname AS "table", c.relkind = 'p' AS is_partitioned, k.conname AS name,
        pg_catalog.pg_get_constraintdef(k.oid) AS definition, k.confrelid AS referenced,
        (WITH RECURSIVE partition(index) AS (
            SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = k.conindid
            UNION ALL
            SELECT h.inhrelid FROM partition JOIN pg_catalog.pg_inherits AS h ON h.inhparent = partition.index)
          SELECT coalesce(json_agg(index::int8), '[]') FROM partition) AS index_partitions
      FROM pg_catalog.pg_constraint AS k
      JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE k.contype = 'f' AND k.conparentid = 0
        AND ${catalog.isUserObject(`'pg_catalog.pg_class'::regclass`, 'c.oid')}
        AND ${isPermanentSchema('c.relnamespace')}`);
    return rows.map((row) => {
      const { schema, table, name } = row;
      const only = row.is_partitioned === 't' ? '' : 'ONLY ';
      const sql = `ALTER TABLE ${only}${qualifiedName(schema, table)} ADD CONSTRAINT ${quoteIdentifier(name)} ${row.definition};`;
      return {
        id: `pg_constraint:${Number(row.oid)}`,
        kind: 'FK CONSTRAINT',
        schema,
        name,
        table,
        section: 'post-data',
        partOf: [`pg_class:${Number(row.referenced)}`],
        // A key of a partitioned table can be referenced once its index is complete.
        requires: (JSON.parse(row.index_partitions) as number[]).map(attachmentId),
        statements: () => [{ kind: 'FK CONSTRAINT', schema, name, sql }],
      };
    });
  },
};
