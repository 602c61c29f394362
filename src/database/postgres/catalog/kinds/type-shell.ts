import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName } from '../sql/identifiers.ts';
import type { ObjectId, ObjectKind, SchemaObject } from '../object.ts';

/** A type as its shell needs it. */
export interface ShellRow extends Record<string, string | null> {
  oid: string;
  namespace: string;
  schema: string;
  name: string;
}

/** Types that were named and never defined. */
export const shellTypeKind: ObjectKind = {
  name: 'shell type',
  async collect(catalog) {
    const rows = await catalog.query<ShellRow>(`
      SELECT t.oid, n.oid AS namespace, n.nspname AS schema, t.typname AS name
      FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      WHERE NOT t.typisdefined AND ${catalog.isUserObject(`'pg_catalog.pg_type'::regclass`, 't.oid')}
        AND ${isPermanentSchema('t.typnamespace')}`);
    return rows.map((row) => shell(`pg_type:${Number(row.oid)}`, row));
  },
};

/** The id of the shell that stands in for a type which is defined later. */
export function shellId(oid: string): ObjectId {
  return `shell_type:${Number(oid)}`;
}

/** A type's name alone: what the functions are declared with that take or return a type which needs them itself. */
export function shellObject(row: ShellRow): SchemaObject {
  return { ...shell(shellId(row.oid), row), requires: [`pg_namespace:${Number(row.namespace)}`] };
}

function shell(id: ObjectId, { schema, name }: ShellRow): SchemaObject {
  const sql = `CREATE TYPE ${qualifiedName(schema, name)};`;
  return {
    id,
    kind: 'SHELL TYPE',
    schema,
    name,
    section: 'pre-data',
    statements: () => [{ kind: 'SHELL TYPE', schema, name, sql }],
  };
}
