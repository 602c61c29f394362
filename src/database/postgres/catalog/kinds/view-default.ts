import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface ViewDefaultRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  view: string;
  column: string;
  expression: string;
}

/** What a row inserted through a view gets in a column that it leaves out. */
export const viewDefaultKind: ObjectKind = {
  name: 'column default of a view',
  async collect(catalog) {
    const rows = await catalog.query<ViewDefaultRow>(
      `SELECT d.oid::int8, n.nspname AS schema, c.relname AS view, a.attname AS column,
          pg_get_expr(d.adbin, d.adrelid) AS expression
        FROM pg_attrdef d
        JOIN pg_class c ON c.oid = d.adrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE c.relkind = 'v' AND ${catalog.isUserObject("'pg_class'::regclass", 'c.oid')}
          AND ${isPermanentSchema('c.relnamespace')}`,
    );
    return rows.map((row) => {
      const { schema, view: table, column: name } = row;
      const sql = `ALTER VIEW ${qualifiedName(schema, table)} ALTER COLUMN ${quoteIdentifier(name)} SET DEFAULT ${row.expression};`;
      return {
        id: `pg_attrdef:${Number(row.oid)}`,
        kind: 'DEFAULT',
        schema,
        name,
        table,
        section: 'pre-data',
        statements: () => [{ kind: 'DEFAULT', schema, name, sql }],
      };
    });
  },
};
