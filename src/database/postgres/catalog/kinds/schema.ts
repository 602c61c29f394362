import { isPermanentSchema } from '../catalog.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface SchemaRow extends Record<string, string | null> {
  oid: string;
  name: string;
}

/** Schemas. Every database begins with one called public, so only its owner, comment and privileges are exported. */
export const schemaKind: ObjectKind = {
  name: 'schema',
  async collect(catalog) {
    const rows = await catalog.query<SchemaRow>(`
      SELECT n.oid, n.nspname AS name FROM pg_catalog.pg_namespace AS n
      WHERE (n.nspname = 'public' OR ${catalog.isUserObject(`'pg_catalog.pg_namespace'::regclass`, 'n.oid')})
        AND ${isPermanentSchema('n.oid')}`);
    return rows.map(({ oid, name }) => ({
      id: `pg_namespace:${Number(oid)}`,
      kind: 'SCHEMA',
      schema: null,
      name,
      section: 'pre-data',
      statements: () =>
        name === 'public'
          ? []
          : [{ kind: 'SCHEMA', schema: null, name, sql: `CREATE SCHEMA ${quoteIdentifier(name)};` }],
    }));
  },
};
