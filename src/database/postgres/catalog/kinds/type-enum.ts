import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteLiteral } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface EnumRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  labels: string;
}

/** Enumerated types. */
export const enumTypeKind: ObjectKind = {
  name: 'enumerated type',
  async collect(catalog) {
    const rows = await catalog.query<EnumRow>(`
      SELECT t.oid, n.nspname AS schema, t.typname AS name,
        (SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]')
          FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid) AS labels
      FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      WHERE t.typtype = 'e' AND ${catalog.isUserObject(`'pg_catalog.pg_type'::regclass`, 't.oid')}
        AND ${isPermanentSchema('t.typnamespace')}`);
    return rows.map(({ oid, schema, name, labels }) => {
      const values = (JSON.parse(labels) as string[]).map((label) => `\n  ${quoteLiteral(label)}`).join(',');
      const sql = `CREATE TYPE ${qualifiedName(schema, name)} AS ENUM (${values}\n);`;
      return {
        id: `pg_type:${Number(oid)}`,
        kind: 'TYPE',
        schema,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'TYPE', schema, name, sql }],
      };
    });
  },
};
