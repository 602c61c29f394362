import { readHashRoots } from './hash-roots.ts';
import { attachmentId } from './kinds/partition.ts';
import { readConfigurationTables } from './extension-configuration.ts';
import { readLargeObjectData } from './large-object-data.ts';
import type { Catalog, ObjectId } from './object.ts';
import { COPIED_COLUMNS, type SchemaTable, type TableExclusions } from './schema-table.ts';

interface TableRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  columns: string;
  bytes: string;
  pages: string | null;
}

/** TID ranges are scanned from PostgreSQL 14 on, and by the access method `heap`, whose TIDs are pages. */
const CAN_READ_PAGES = `pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 140000
        AND c.relam = (SELECT a.oid FROM pg_catalog.pg_am AS a WHERE a.amname = 'heap')`;

/**
 * What holds rows, in an order in which they can be loaded: the tables that extensions keep their users' settings in, the
 * large objects, then ordinary tables and partitions by schema and name.
 *
 * @param isExported whether a catalog row is that of an exported object
 */
export async function readTables(
  catalog: Catalog,
  isExported: (id: ObjectId) => boolean,
  exclusions: TableExclusions,
): Promise<SchemaTable[]> {
  const rows = await catalog.query<TableRow>(`
    SELECT c.oid, n.nspname AS schema, c.relname AS name, pg_catalog.pg_table_size(c.oid) AS bytes,
      CASE WHEN ${CAN_READ_PAGES} THEN pg_catalog.pg_relation_size(c.oid) /
        pg_catalog.current_setting('block_size')::pg_catalog.int8 END AS pages,
      ${COPIED_COLUMNS} AS columns
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.oid >= 16384
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`);
  const hashRoots = await readHashRoots(catalog, (oid) => isExported(attachmentId(oid)));
  const own = rows
    .filter(({ oid }) => isExported(`pg_class:${Number(oid)}`))
    .map(({ schema, name, columns, bytes, pages }) => {
      const loadInto = hashRoots.of({ schema, name });
      return {
        schema,
        name,
        columns: JSON.parse(columns) as string[],
        estimatedBytes: Number(bytes),
        withRows: !exclusions.excludeRows(schema, name),
        ...(loadInto && { loadInto }),
        ...(pages !== null && { pages: Number(pages) }),
      };
    });
  const { selectTable } = exclusions;
  const isLeftOut = (schema: string, name: string) =>
    exclusions.excludeTable(schema, name) || selectTable?.(schema, name) === false;
  return [
    ...(await readConfigurationTables(catalog, isExported, { ...exclusions, excludeTable: isLeftOut })),
    // They belong to no table.
    ...(selectTable === undefined ? await readLargeObjectData(catalog, isExported) : []),
    ...own,
  ];
}
