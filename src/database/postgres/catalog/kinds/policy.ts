import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface PolicyRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  table: string;
  policy: string;
  permissive: string;
  command: string;
  /** JSON: names, null for PUBLIC. */
  roles: string;
  using: string | null;
  check: string | null;
  /** Whether the table is an extension's, whose script may make the policy too. */
  of_extension: string;
}

const COMMAND: Readonly<Record<string, string>> = { r: 'SELECT', a: 'INSERT', w: 'UPDATE', d: 'DELETE' };

/** Policies of row-level security, on tables of extensions too. */
export const policyKind: ObjectKind = {
  name: 'policy',
  async collect(catalog) {
    const rows = await catalog.query<PolicyRow>(
      `SELECT p.oid::int8, n.nspname AS schema, c.relname AS table, p.polname AS policy,
          p.polpermissive AS permissive, p.polcmd AS command,
          (SELECT json_agg(r.rolname ORDER BY m.position)
             FROM unnest(p.polroles) WITH ORDINALITY m(role, position)
             LEFT JOIN pg_roles r ON r.oid = m.role) AS roles,
          pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check,
          NOT ${catalog.isUserObject("'pg_class'::regclass", 'c.oid')} AS of_extension
        FROM pg_policy p
        JOIN pg_class c ON c.oid = p.polrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid >= 16384 AND ${isPermanentSchema('c.relnamespace')}`,
    );
    return rows.map((row) => {
      const { schema, table, policy: name } = row;
      const roles = JSON.parse(row.roles) as (string | null)[];
      const drop = `DROP POLICY IF EXISTS ${quoteIdentifier(name)} ON ${qualifiedName(schema, table)};`;
      const sql = [...(row.of_extension === 't' ? [drop] : []), createPolicy(row, roles)];
      return {
        id: `pg_policy:${Number(row.oid)}`,
        kind: 'POLICY',
        schema,
        name,
        table,
        section: 'post-data',
        roles: { others: roles.filter((role) => role !== null) },
        statements: () => sql.map((text) => ({ kind: 'POLICY', schema, name, sql: text })),
      };
    });
  },
};

function createPolicy(row: PolicyRow, roles: readonly (string | null)[]): string {
  const command = COMMAND[row.command];
  const clauses = [
    `CREATE POLICY ${quoteIdentifier(row.policy)} ON ${qualifiedName(row.schema, row.table)}`,
    row.permissive === 'f' && 'AS RESTRICTIVE',
    command && `FOR ${command}`,
    `TO ${roles.map((role) => (role === null ? 'PUBLIC' : quoteIdentifier(role))).join(', ')}`,
    row.using !== null && `USING (${row.using})`,
    row.check !== null && `WITH CHECK (${row.check})`,
  ];
  return `${clauses.filter(Boolean).join(' ')};`;
}
