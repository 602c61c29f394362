import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';

/** What an index has beyond its definition. Booleans are `t` and `f`. */
export interface IndexSettings extends Record<string, string | null> {
  schema: string;
  name: string;
  table: string;
  is_clustered: string;
  is_replica_identity: string;
  /** JSON: statistics targets by column number. */
  statistics: string;
}

/** The columns of a query for `IndexSettings` on the index `i` (pg_index), `c` (its pg_class) and `t` (its table's). */
export const INDEX_SETTINGS = `n.nspname AS schema, c.relname AS name, t.relname AS "table",
  i.indisclustered AS is_clustered, i.indisreplident AS is_replica_identity,
  (SELECT coalesce(json_agg(json_build_array(a.attnum, a.attstattarget) ORDER BY a.attnum), '[]')
    FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attstattarget >= 0) AS statistics`;

/** The statements that follow the one that makes an index, by itself or for a constraint. */
export function indexAlterations(row: IndexSettings): string[] {
  const index = qualifiedName(row.schema, row.name);
  const table = qualifiedName(row.schema, row.table);
  const sql = (JSON.parse(row.statistics) as [number, number][]).map(
    ([column, target]) => `ALTER INDEX ${index} ALTER COLUMN ${column} SET STATISTICS ${target};`,
  );
  if (row.is_clustered === 't') sql.push(`ALTER TABLE ${table} CLUSTER ON ${quoteIdentifier(row.name)};`);
  if (row.is_replica_identity === 't') {
    sql.push(`ALTER TABLE ONLY ${table} REPLICA IDENTITY USING INDEX ${quoteIdentifier(row.name)};`);
  }
  return sql;
}
