import type { Catalog } from './object.ts';

/** A table by its name. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

interface PartitionRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  parent: string;
  parent_schema: string;
  parent_name: string;
  by_hash: string;
}

/**
 * For each partition that belongs to a table which is partitioned by hash, at whatever level, the topmost such table: by which its
 * rows are loaded. The server of another database may find other hashes: that of an enum's value is made from its number in the
 * catalogs, that of a text from its bytes in the database's encoding.
 * @param isAttached whether the partition with this oid is a part of its table where rows are loaded
 */
export async function readHashRoots(
  catalog: Pick<Catalog, 'query'>,
  isAttached: (oid: number) => boolean = () => true,
): Promise<{ of(table: TableName): TableName | undefined }> {
  const rows = await catalog.query<PartitionRow>(`
    SELECT c.oid, n.nspname AS schema, c.relname AS name, p.oid AS parent, pn.nspname AS parent_schema, p.relname AS parent_name,
      t.partstrat = 'h' AS by_hash
    FROM pg_catalog.pg_inherits AS h
    JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid AND c.relkind IN ('r', 'p')
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
    JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
    JOIN pg_catalog.pg_partitioned_table AS t ON t.partrelid = p.oid`);
  const attached = new Map(rows.filter(({ oid }) => isAttached(Number(oid))).map((row) => [row.oid, row]));
  const roots = new Map<string, TableName>();
  for (const row of attached.values()) {
    for (let at: PartitionRow | undefined = row; at !== undefined; at = attached.get(at.parent)) {
      if (at.by_hash === 't') roots.set(keyOf(row), { schema: at.parent_schema, name: at.parent_name });
    }
  }
  return { of: (table) => roots.get(keyOf(table)) };
}

function keyOf({ schema, name }: TableName): string {
  return JSON.stringify([schema, name]);
}
