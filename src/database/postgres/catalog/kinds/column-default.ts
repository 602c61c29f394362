import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface DefaultRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  table: string;
  column: string;
  expression: string;
}

/** Defaults of tables' columns; each table inlines those of the columns that it defines itself. */
export const columnDefaultKind: ObjectKind = {
  name: 'column default',
  async collect(catalog) {
    const rows = await catalog.query<DefaultRow>(`
      SELECT d.oid, n.nspname AS schema, c.relname AS "table", a.attname AS "column",
        pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression
      FROM pg_catalog.pg_attrdef AS d
      JOIN pg_catalog.pg_class AS c ON c.oid = d.adrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      WHERE c.relkind IN ('r', 'p') AND a.attgenerated = ''
        AND ${catalog.isUserObject(`'pg_catalog.pg_class'::regclass`, 'c.oid')}
        AND ${isPermanentSchema('c.relnamespace')}`);
    return rows.map(({ oid, schema, table, column, expression }) => {
      const sql = `ALTER TABLE ONLY ${qualifiedName(schema, table)} ALTER COLUMN ${quoteIdentifier(column)} SET DEFAULT ${expression};`;
      return {
        id: `pg_attrdef:${Number(oid)}`,
        kind: 'DEFAULT',
        schema,
        name: column,
        table,
        section: 'pre-data',
        statements: () => [{ kind: 'DEFAULT', schema, name: column, sql }],
      };
    });
  },
};
