import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';
import { collationOptions, collationParts, type CollationParts } from '../sql/collation-options.ts';

interface CollationRow extends CollationParts, Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
}

/** Collations, without the versions of their libraries: what is restored is sorted by those of the target. */
export const collationKind: ObjectKind = {
  name: 'collation',
  async collect(catalog) {
    const rows = await catalog.query<CollationRow>(`
      SELECT c.oid, n.nspname AS schema, c.collname AS name, ${collationParts('c')}
      FROM pg_catalog.pg_collation AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_collation'::regclass`, 'c.oid')}
        AND ${isPermanentSchema('c.collnamespace')}
        -- What pg_import_system_collations() brings is the server's own.
        AND n.nspname <> 'pg_catalog'`);
    return rows.map((row) => {
      const { schema, name } = row;
      const sql = `CREATE COLLATION ${qualifiedName(schema, name)} (${collationOptions(row)});`;
      return {
        id: `pg_collation:${Number(row.oid)}`,
        kind: 'COLLATION',
        schema,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'COLLATION', schema, name, sql }],
      };
    });
  },
};
