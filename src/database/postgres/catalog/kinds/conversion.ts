import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteLiteral } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface ConversionRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  from: string;
  to: string;
  function: string;
  is_default: string;
}

/** Conversions between encodings. */
export const conversionKind: ObjectKind = {
  name: 'conversion',
  async collect(catalog) {
    const rows = await catalog.query<ConversionRow>(`
      SELECT c.oid, n.nspname AS schema, c.conname AS name, c.condefault AS is_default,
        pg_catalog.pg_encoding_to_char(c.conforencoding) AS from, pg_catalog.pg_encoding_to_char(c.contoencoding) AS to,
        pg_catalog.format('%I.%I', pn.nspname, p.proname) AS function
      FROM pg_catalog.pg_conversion AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.connamespace
      JOIN pg_catalog.pg_proc AS p ON p.oid = c.conproc
      JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.pronamespace
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_conversion'::regclass`, 'c.oid')}
        AND ${isPermanentSchema('c.connamespace')}`);
    return rows.map((row) => {
      const { schema, name } = row;
      const sql =
        `CREATE ${row.is_default === 't' ? 'DEFAULT ' : ''}CONVERSION ${qualifiedName(schema, name)} ` +
        `FOR ${quoteLiteral(row.from)} TO ${quoteLiteral(row.to)} FROM ${row.function};`;
      return {
        id: `pg_conversion:${Number(row.oid)}`,
        kind: 'CONVERSION',
        schema,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'CONVERSION', schema, name, sql }],
      };
    });
  },
};
