import { PRIVILEGES_KIND } from '../../../engine.ts';
import { aclChange, type AclItem, allPrivileges } from '../sequels/acl.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind, SchemaObject } from '../object.ts';
import { itemsAsJson } from '../sequels/privileges.ts';

interface DefaultPrivilegesRow extends Record<string, string | null> {
  oid: string;
  role: string;
  schema: string | null;
  type: string;
  initial: string;
  granted: string;
}

const OBJECTS: Readonly<Record<string, string>> = {
  r: 'TABLES',
  S: 'SEQUENCES',
  f: 'FUNCTIONS',
  T: 'TYPES',
  n: 'SCHEMAS',
  L: 'LARGE OBJECTS',
};

/**
 * Default privileges. Without a schema they start from the privileges that the server gives by itself, with one from
 * none. They come last, because they must not add to what the restore itself makes.
 */
export const defaultPrivilegesKind: ObjectKind = {
  name: 'default privileges',
  async collect(catalog) {
    const initial = `CASE WHEN d.defaclnamespace <> 0 THEN '{}'
      ELSE acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END`;
    const rows = await catalog.query<DefaultPrivilegesRow>(
      `SELECT d.oid::int8, r.rolname AS role, n.nspname AS schema, d.defaclobjtype AS type,
          ${itemsAsJson(initial)} AS initial, ${itemsAsJson('d.defaclacl')} AS granted
        FROM pg_default_acl d
        JOIN pg_roles r ON r.oid = d.defaclrole
        LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
        WHERE ${catalog.isUserObject("'pg_default_acl'::regclass", 'd.oid')}`,
    );
    return rows.map((row) => defaultPrivilegesObject(row, catalog.version));
  },
};

function defaultPrivilegesObject(row: DefaultPrivilegesRow, version: number): SchemaObject {
  const { schema } = row;
  const objects = OBJECTS[row.type] ?? row.type;
  const name = `${objects} of ${row.role}`;
  const scope = schema === null ? '' : ` IN SCHEMA ${quoteIdentifier(schema)}`;
  const prefix = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(row.role)}${scope}`;
  const all = allPrivileges(objects, version);
  const change = aclChange(
    { object: objects, column: null, owner: row.role, ...(all && { all }) },
    JSON.parse(row.initial) as AclItem[],
    JSON.parse(row.granted) as AclItem[],
  );
  const sql = change.sql.map((statement) => `${prefix} ${statement}`);
  return {
    id: `pg_default_acl:${Number(row.oid)}`,
    kind: 'DEFAULT ACL',
    schema,
    name,
    section: 'after-privileges',
    roles: { privileges: [row.role, ...change.roles] },
    statements: () => sql.map((text) => ({ kind: PRIVILEGES_KIND, schema, name, sql: text })),
  };
}
