import { quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface ExtensionRow extends Record<string, string | null> {
  oid: string;
  name: string;
  schema: string;
}

/** Extensions, in the version that the target has; their members come with them. */
export const extensionKind: ObjectKind = {
  name: 'extension',
  async collect(catalog) {
    const rows = await catalog.query<ExtensionRow>(`
      SELECT e.oid, e.extname AS name, n.nspname AS schema
      FROM pg_catalog.pg_extension AS e
      JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_extension'::regclass`, 'e.oid')}`);
    return rows.map(({ oid, name, schema }) => {
      const sql = `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} WITH SCHEMA ${quoteIdentifier(schema)};`;
      return {
        id: `pg_extension:${Number(oid)}`,
        kind: 'EXTENSION',
        schema: null,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'EXTENSION', schema: null, name, sql }],
      };
    });
  },
};
