import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface CompositeRow extends Record<string, string | null> {
  oid: string;
  relation: string;
  schema: string;
  name: string;
  attributes: string;
}

interface Attribute {
  readonly name: string;
  readonly type: string;
  /** Quoted and with its schema; null for the type's own. */
  readonly collation: string | null;
}

/** Composite types that stand alone: not the row types of tables and views. */
export const compositeTypeKind: ObjectKind = {
  name: 'composite type',
  async collect(catalog) {
    const rows = await catalog.query<CompositeRow>(`
      SELECT t.oid, c.oid AS relation, n.nspname AS schema, t.typname AS name,
        (SELECT coalesce(json_agg(json_build_object('name', a.attname,
            'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
            'collation', CASE WHEN a.attcollation <> at.typcollation
              THEN pg_catalog.format('%I.%I', ln.nspname, l.collname) END) ORDER BY a.attnum), '[]')
          FROM pg_catalog.pg_attribute AS a
          JOIN pg_catalog.pg_type AS at ON at.oid = a.atttypid
          LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
          LEFT JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS attributes
      FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      WHERE c.relkind = 'c' AND ${catalog.isUserObject(`'pg_catalog.pg_type'::regclass`, 't.oid')}
        AND ${isPermanentSchema('t.typnamespace')}`);
    return rows.map(({ oid, relation, schema, name, attributes }) => {
      const columns = (JSON.parse(attributes) as Attribute[]).map(
        ({ name: attribute, type, collation }) =>
          `\n  ${quoteIdentifier(attribute)} ${type}${collation === null ? '' : ` COLLATE ${collation}`}`,
      );
      const sql = `CREATE TYPE ${qualifiedName(schema, name)} AS (${columns.join(',')}\n);`;
      return {
        id: `pg_type:${Number(oid)}`,
        alsoProvides: [`pg_class:${Number(relation)}`],
        kind: 'TYPE',
        schema,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'TYPE', schema, name, sql }],
      };
    });
  },
};
