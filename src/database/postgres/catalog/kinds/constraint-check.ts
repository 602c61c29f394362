import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';
import { IS_WRITTEN_CHECK } from './table-parts.ts';

interface CheckRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  table: string;
  name: string;
  definition: string;
  is_local: string;
  is_written: string;
  is_validated: string;
  parents: string;
  parents_validated: string;
}

/**
 * CHECK constraints of tables, and NOT NULL constraints where they or their parents' are not valid. Each table inlines
 * its own valid ones; the others come after the rows, which need not fulfil them.
 */
export const checkConstraintKind: ObjectKind = {
  name: 'check constraint',
  async collect(catalog) {
    const rows = await catalog.query<CheckRow>(checkQuery(catalog));
    return rows.map(checkObject);
  },
};

function checkQuery(catalog: Catalog): string {
  return `
    WITH inherited AS (
      SELECT h.inhrelid, p.conname, p.contype, json_agg(p.oid::int8) AS parents, bool_and(p.convalidated) AS validated
      FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_constraint AS p ON p.conrelid = h.inhparent
      WHERE p.contype IN ('c', 'n') GROUP BY 1, 2, 3)
    SELECT k.oid, n.nspname AS schema, c.relname AS "table", k.conname AS name,
      pg_catalog.pg_get_constraintdef(k.oid) AS definition, k.conislocal AS is_local,
      ${IS_WRITTEN_CHECK} AS is_written, k.convalidated AS is_validated, coalesce(i.parents, '[]') AS parents,
      coalesce(i.validated, true) AS parents_validated
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN inherited AS i ON i.inhrelid = c.oid AND i.conname = k.conname AND i.contype = k.contype
    WHERE (k.contype = 'c' OR k.contype = 'n' AND (NOT k.convalidated
        OR NOT k.conislocal AND NOT c.relispartition AND NOT i.validated))
      AND c.relkind IN ('r', 'p', 'f')
      AND ${catalog.isUserObject(`'pg_catalog.pg_class'::regclass`, 'c.oid')}
      AND ${isPermanentSchema('c.relnamespace')}`;
}

function checkObject(row: CheckRow): SchemaObject {
  const { schema, table, name } = row;
  const isFromParent = row.is_written === 'f' && row.is_local === 'f';
  return {
    id: `pg_constraint:${Number(row.oid)}`,
    kind: 'CHECK CONSTRAINT',
    schema,
    name,
    table,
    section:
      row.is_validated === 't' && !(isFromParent && row.parents_validated === 'f') ? 'pre-data' : 'post-data',
    ...(isFromParent
      ? { requires: (JSON.parse(row.parents) as number[]).map((oid) => `pg_constraint:${oid}` as const) }
      : {}),
    statements: () =>
      statements(row, isFromParent).map((sql) => ({ kind: 'CHECK CONSTRAINT', schema, name, sql })),
  };
}

/** Without ONLY, because children have it from the parent. */
function statements(row: CheckRow, isFromParent: boolean): string[] {
  const table = qualifiedName(row.schema, row.table);
  const name = quoteIdentifier(row.name);
  if (!isFromParent) return [`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${row.definition};`];
  const isBehindParent = row.is_validated === 't' && row.parents_validated === 'f';
  return isBehindParent ? [`ALTER TABLE ONLY ${table} VALIDATE CONSTRAINT ${name};`] : [];
}
