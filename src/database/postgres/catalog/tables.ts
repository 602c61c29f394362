import type { SourceTable } from '../../engine.ts';
import type { Catalog, ObjectId } from './object.ts';

/** A table with rows of its own. */
export interface SchemaTable extends SourceTable {
  readonly oid: number;
}

interface TableRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  columns: string;
  bytes: string;
}

/**
 * The tables that hold rows of their own, ordinary ones and partitions, by schema and name, with the columns that
 * COPY can read and write: all but the generated ones.
 *
 * @param ids the objects that are exported
 */
export async function readTables(
  catalog: Catalog,
  ids: ReadonlySet<ObjectId>,
  excludeRows: (schema: string, name: string) => boolean,
): Promise<SchemaTable[]> {
  const rows = await catalog.query<TableRow>(`
    SELECT c.oid, n.nspname AS schema, c.relname AS name, pg_catalog.pg_table_size(c.oid) AS bytes,
      (SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.oid >= 16384
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`);
  return rows
    .filter(({ oid }) => ids.has(`pg_class:${Number(oid)}`))
    .map(({ oid, schema, name, columns, bytes }) => ({
      oid: Number(oid),
      schema,
      name,
      columns: JSON.parse(columns) as string[],
      estimatedBytes: Number(bytes),
      withRows: !excludeRows(schema, name),
      loadStatement: null,
    }));
}
