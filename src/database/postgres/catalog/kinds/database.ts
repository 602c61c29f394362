import { PRIVILEGES_KIND, type Statement } from '../../../engine.ts';
import { aclChange, type AclItem } from '../sequels/acl.ts';
import { CURRENT_DATABASE, onCurrentDatabase } from '../sql/current-database.ts';
import { quoteLiteral } from '../sql/identifiers.ts';
import type { ObjectKind, SchemaObject } from '../object.ts';
import { itemsAsJson } from '../sequels/privileges.ts';

interface DatabaseRow extends Record<string, string | null> {
  oid: string;
  owner: string;
  comment: string | null;
  initial: string;
  granted: string;
}

/**
 * The database itself: its comment, and the privileges of all roles but its owner's own. It is made by whoever
 * restores, so its name, owner and tablespace are the target's.
 */
export const databaseKind: ObjectKind = {
  name: 'database',
  async collect(catalog) {
    const rows = await catalog.query<DatabaseRow>(
      `SELECT oid::int8, pg_get_userbyid(datdba) AS owner, shobj_description(oid, 'pg_database') AS comment,
          ${itemsAsJson("acldefault('d', datdba)")} AS initial,
          ${itemsAsJson("coalesce(datacl, acldefault('d', datdba))")} AS granted
        FROM pg_database WHERE datname = current_database()`,
    );
    return rows.map(databaseObject);
  },
};

function databaseObject(row: DatabaseRow): SchemaObject {
  const name = 'database';
  const ofOthers = (acl: string) =>
    (JSON.parse(acl) as AclItem[]).filter(({ grantee }) => grantee !== row.owner);
  const target = { object: `DATABASE ${CURRENT_DATABASE}`, column: null, owner: row.owner };
  const statements: Statement[] = [];
  if (row.comment !== null) {
    const sql = onCurrentDatabase(`COMMENT ON DATABASE ${CURRENT_DATABASE} IS ${quoteLiteral(row.comment)}`);
    statements.push({ kind: 'COMMENT', schema: null, name, sql });
  }
  const change = aclChange(target, ofOthers(row.initial), ofOthers(row.granted));
  for (const statement of change.sql) {
    const isGrant = statement.includes(CURRENT_DATABASE);
    const sql = isGrant ? onCurrentDatabase(statement.replace(/;$/, '')) : statement;
    statements.push({ kind: PRIVILEGES_KIND, schema: null, name, sql });
  }
  return {
    id: `pg_database:${Number(row.oid)}`,
    kind: 'DATABASE',
    schema: null,
    name,
    section: 'post-data',
    roles: { privileges: change.roles },
    statements: () => statements,
  };
}
