import type { TableInfo } from '../../engine.ts';
import type { Catalog, ObjectId } from './object.ts';
import type { SchemaTable } from './schema-table.ts';

/** How the contents of large objects stand in an archive: as rows, each with the bytes from a position on. */
const LARGE_OBJECT_DATA: TableInfo = {
  schema: 'pg_catalog',
  name: 'pg_largeobject',
  columns: ['loid', 'start', 'data'],
};

/** Bytes of a row: large enough to be quick, small enough to be held. A multiple of the server's pages of 2 KiB. */
const CHUNK_BYTES = 262_144;

/** INV_READ of the server's large object functions. */
const READ = 262_144;

const STAGE = 'holdfast_large_objects';

/** Makes the table that `copyLargeObjects` needs. */
export const createStage = `CREATE TEMPORARY TABLE IF NOT EXISTS ${STAGE} (loid oid, start bigint, data bytea) ON COMMIT DROP`;

export const emptyStage = `TRUNCATE pg_temp.${STAGE}`;

/** Whether a table of an archive is that of the large objects' contents. No other can have its name. */
export function isLargeObjectData({ schema, name }: Pick<TableInfo, 'schema' | 'name'>): boolean {
  return schema === LARGE_OBJECT_DATA.schema && name === LARGE_OBJECT_DATA.name;
}

/**
 * COPY that writes what it reads into large objects. The catalog itself takes rows from superusers only, so each row is
 * written by the condition that COPY asks before it stores a row: lo_put() gives a value of type void, which is not null.
 * @param stores whether the rows stay in the stage too, so that the server counts them
 */
export function copyLargeObjects(encoding: string, stores: boolean): string {
  const condition = `pg_catalog.lo_put(loid, start, data) IS ${stores ? 'NOT NULL' : 'NULL'}`;
  return `COPY pg_temp.${STAGE} FROM STDIN WITH (ENCODING ${encoding}) WHERE ${condition}`;
}

/** The contents of all large objects as a table; none when they are not exported, or there are none. */
export async function readLargeObjectData(
  catalog: Catalog,
  isExported: (id: ObjectId) => boolean,
): Promise<SchemaTable[]> {
  const [row] = await catalog.query<{ first: string | null; bytes: string }>(`
    SELECT min(oid) AS first, pg_catalog.pg_table_size('pg_catalog.pg_largeobject') AS bytes
    FROM pg_catalog.pg_largeobject_metadata`);
  if (row === undefined || row.first === null) return [];
  if (!isExported(`pg_largeobject_metadata:${Number(row.first)}`)) return [];
  return [
    {
      ...LARGE_OBJECT_DATA,
      estimatedBytes: Number(row.bytes),
      withRows: true,
      query: CONTENTS,
    },
  ];
}

/**
 * Only superusers may read the catalog, but whoever may SELECT a large object can ask for its size and for its bytes. The
 * bytes of holes come as zeros. The subqueries keep their order: a large object is open only while its size is taken.
 */
const CONTENTS = `SELECT loid, start, pg_catalog.lo_get(loid, start, ${CHUNK_BYTES}) FROM (
  SELECT loid, pg_catalog.generate_series(0, size - 1, ${CHUNK_BYTES}) AS start FROM (
    SELECT loid, descriptor, pg_catalog.lo_lseek64(descriptor, 0, 2) AS size FROM (
      SELECT oid AS loid, pg_catalog.lo_open(oid, ${READ}) AS descriptor
      FROM pg_catalog.pg_largeobject_metadata ORDER BY oid
    ) AS opened OFFSET 0
  ) AS measured WHERE pg_catalog.lo_close(descriptor) = 0
) AS chunks`;
