import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../identifiers.ts';
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
      SELECT d.oid, n.nspname AS schema, c.relname AS "table", a.attname AS "column",
        pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
        (SELECT coalesce(json_agg(h.inhrelid::int8), '[]')
          FROM pg_catalog.pg_inherits AS h
          JOIN pg_catalog.pg_attribute AS ha ON ha.attrelid = h.inhrelid AND ha.attname = a.attname
          WHERE h.inhparent = c.oid AND NOT (ha.attislocal AND ha.atthasdef) AND EXISTS (
            SELECT FROM pg_catalog.pg_inherits AS o
            JOIN pg_catalog.pg_attribute AS oa ON oa.attrelid = o.inhparent AND oa.attname = a.attname
            JOIN pg_catalog.pg_attrdef AS od ON od.adrelid = oa.attrelid AND od.adnum = oa.attnum
            WHERE o.inhrelid = h.inhrelid AND o.inhparent <> c.oid
              AND pg_catalog.pg_get_expr(od.adbin, od.adrelid) <> pg_catalog.pg_get_expr(d.adbin, d.adrelid))
        ) AS torn_children
      FROM pg_catalog.pg_attrdef AS d
      JOIN pg_catalog.pg_class AS c ON c.oid = d.adrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      WHERE c.relkind IN ('r', 'p') AND a.attgenerated = ''
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
