import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface DefaultRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  table: string;
  column: string;
  expression: string;
  /** Children that could not be made while this parent and another one say different things. */
  torn_children: string;
}

/** Defaults of tables' columns; each table inlines those of the columns that it defines itself. */
export const columnDefaultKind: ObjectKind = {
  name: 'column default',
  async collect(catalog) {
    const rows = await catalog.query<DefaultRow>(`
      WITH shared AS MATERIALIZED (
        SELECT inhrelid FROM pg_catalog.pg_inherits GROUP BY inhrelid HAVING count(*) > 1),
      inherited AS MATERIALIZED (
        SELECT h.inhrelid AS child, h.inhparent AS parent, pa.attname,
          pg_catalog.pg_get_expr(pd.adbin, pd.adrelid) AS expression
        FROM shared
        JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = shared.inhrelid
        JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = h.inhparent
        JOIN pg_catalog.pg_attrdef AS pd ON pd.adrelid = pa.attrelid AND pd.adnum = pa.attnum
        JOIN pg_catalog.pg_attribute AS ca ON ca.attrelid = h.inhrelid AND ca.attname = pa.attname
        WHERE NOT (ca.attislocal AND ca.atthasdef)),
      torn AS (
        SELECT one.parent, one.attname, json_agg(DISTINCT one.child::int8) AS children
        FROM inherited AS one JOIN inherited AS other ON other.child = one.child AND other.attname = one.attname
        WHERE other.parent <> one.parent AND other.expression <> one.expression
        GROUP BY one.parent, one.attname)
      SELECT d.oid, n.nspname AS schema, c.relname AS "table", a.attname AS "column",
        pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression, coalesce(torn.children, '[]') AS torn_children
      FROM pg_catalog.pg_attrdef AS d
      JOIN pg_catalog.pg_class AS c ON c.oid = d.adrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      LEFT JOIN torn ON torn.parent = c.oid AND torn.attname = a.attname
      WHERE c.relkind IN ('r', 'p', 'f') AND a.attgenerated = ''
        AND ${catalog.isUserObject(`'pg_catalog.pg_class'::regclass`, 'c.oid')}
        AND ${isPermanentSchema('c.relnamespace')}`);
    return rows.map(({ oid, schema, table, column, expression, torn_children }) => {
      const sql = `ALTER TABLE ONLY ${qualifiedName(schema, table)} ALTER COLUMN ${quoteIdentifier(column)} SET DEFAULT ${expression};`;
      return {
        id: `pg_attrdef:${Number(oid)}`,
        kind: 'DEFAULT',
        schema,
        name: column,
        table,
        section: 'pre-data',
        requires: (JSON.parse(torn_children) as number[]).map((child) => `pg_class:${child}` as const),
        statements: () => [{ kind: 'DEFAULT', schema, name: column, sql }],
      };
    });
  },
};
