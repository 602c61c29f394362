import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName } from '../sql/identifiers.ts';
import type { ObjectId, ObjectKind } from '../object.ts';

interface RowSecurityRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  enabled: string;
  forced: string;
}

/** Whether a table's policies are in force, and for its owner too: after the rows, which no policy may thin out. */
export const rowSecurityKind: ObjectKind = {
  name: 'row-level security',
  async collect(catalog) {
    const rows = await catalog.query<RowSecurityRow>(
      `SELECT c.oid::int8, n.nspname AS schema, c.relname AS name,
          c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE (c.relrowsecurity OR c.relforcerowsecurity)
          AND c.oid >= 16384 AND ${isPermanentSchema('c.relnamespace')}`,
    );
    return rows.map((row) => {
      const { schema, name } = row;
      const table: ObjectId = `pg_class:${Number(row.oid)}`;
      const qualified = qualifiedName(schema, name);
      const sql: string[] = [];
      if (row.enabled === 't') sql.push(`ALTER TABLE ${qualified} ENABLE ROW LEVEL SECURITY;`);
      if (row.forced === 't') sql.push(`ALTER TABLE ONLY ${qualified} FORCE ROW LEVEL SECURITY;`);
      return {
        id: `row_security:${Number(row.oid)}`,
        kind: 'ROW SECURITY',
        schema,
        name,
        section: 'post-data',
        requires: [table],
        partOf: [table],
        statements: () => sql.map((text) => ({ kind: 'ROW SECURITY', schema, name, sql: text })),
      };
    });
  },
};
