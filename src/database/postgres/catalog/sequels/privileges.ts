import { PRIVILEGES_KIND, type Statement } from '../../../engine.ts';
import { aclChange, type AclItem, allPrivileges } from './acl.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectId } from '../object.ts';
import { statementIdentity } from '../sql/object-identity.ts';

/** The privileges of one object, or of one of its columns. */
export interface Privileges {
  readonly id: ObjectId;
  /** True when the target has the object by itself or by an extension: no statement of ours makes it. */
  readonly isBuiltIn: boolean;
  /**
   * True for a schema's where its owner keeps all rights: they come with the schema. Who restores as the owner can then
   * give objects in it to those who may create there.
   */
  readonly isEarly: boolean;
  /** Who may create in it, if it is a schema, beside its owner; null for PUBLIC. */
  readonly creators: readonly (string | null)[];
  readonly statements: readonly Statement[];
  /** The roles that the statements name. */
  readonly roles: readonly string[];
}

interface PrivilegesRow extends Record<string, string | null> {
  id: ObjectId;
  built_in: string;
  any_version: string;
  object: string;
  schema: string | null;
  name: string;
  column: string | null;
  owner: string;
  /** Whether the current role has the owner's rights. */
  mine: string;
  /** The role that made the cluster. */
  maker: string;
  initial: string;
  current: string;
}

interface AclCatalog {
  readonly catalog: string;
  readonly prefix: string;
  /** The oid of the object's schema, an SQL expression. */
  readonly schema: string;
  /** The kind of object as acldefault() wants it, an SQL expression. */
  readonly type: string;
}

/** The catalogs whose objects have privileges and are in one database; their columns are `<prefix>name`, `<prefix>acl`, … */
const ACL_CATALOGS: readonly AclCatalog[] = [
  { catalog: 'pg_namespace', prefix: 'nsp', schema: 'NULL::oid', type: `'n'::"char"` },
  { catalog: 'pg_type', prefix: 'typ', schema: 'o.typnamespace', type: `'T'::"char"` },
  { catalog: 'pg_proc', prefix: 'pro', schema: 'o.pronamespace', type: `'f'::"char"` },
  {
    catalog: 'pg_class',
    prefix: 'rel',
    schema: 'o.relnamespace',
    type: `(CASE o.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char"`,
  },
  { catalog: 'pg_language', prefix: 'lan', schema: 'NULL::oid', type: `'l'::"char"` },
  { catalog: 'pg_foreign_data_wrapper', prefix: 'fdw', schema: 'NULL::oid', type: `'F'::"char"` },
  { catalog: 'pg_foreign_server', prefix: 'srv', schema: 'NULL::oid', type: `'S'::"char"` },
];

/** What the server granted there by itself is not on record, and pg_dump leaves it alone too. */
const INFORMATION_SCHEMA = `'information_schema'::pg_catalog.regnamespace`;

/**
 * Every privilege that differs from what an object has when it is made, or when the server or an extension makes it;
 * those on schemas first, because a grantor of something in one needs them.
 */
export async function readPrivileges(catalog: Catalog): Promise<Privileges[]> {
  const rows = await readLists(catalog);
  return rows.map((row) => {
    const all = allPrivileges(row.object, catalog.version);
    const target = { object: row.object, column: row.column, owner: row.owner, ...(all && { all }) };
    const initial = initialItems(row);
    const current = JSON.parse(row.current) as AclItem[];
    const { sql, roles } = aclChange(target, initial, current);
    const isSchema = row.id.startsWith('pg_namespace:');
    if (row.any_version === 't') sql.unshift(`REVOKE ALL ON ${row.object} FROM PUBLIC;`);
    const { schema, name } = row;
    return {
      id: row.id,
      isBuiltIn: row.built_in === 't',
      isEarly: isSchema && JSON.stringify(initial[0]) === JSON.stringify(current[0]),
      creators: isSchema
        ? current
            .filter(({ privileges }) => privileges.some(({ name: privilege }) => privilege === 'CREATE'))
            .map(({ grantee }) => grantee)
        : [],
      statements: sql.map((text) => ({ kind: PRIVILEGES_KIND, schema, name, sql: text })),
      roles,
    };
  });
}

/** Giving an object to another role rewrites its list, but not what is on record of it. */
function initialItems({ id, owner, initial, maker }: PrivilegesRow): AclItem[] {
  const items = JSON.parse(initial) as AclItem[];
  if (Number(id.split(':')[1]) >= 16384 || owner === maker) return items;
  const renamed = (role: string) => (role === maker ? owner : role);
  return items.map((item) => ({
    ...item,
    grantee: item.grantee && renamed(item.grantee),
    grantor: renamed(item.grantor),
  }));
}

/** What gives an object that is not a user's own the privileges back that it has when the server or an extension makes it. */
export interface PrivilegeReset {
  /** With its kind, and the column if it is about one. */
  readonly object: string;
  /** Null where the current role has no right to it. */
  readonly sql: string | null;
}

/** Resets for whatever differs, in a database that holds nothing of users'. Schemas are not among them. */
export async function readPrivilegeResets(catalog: Catalog): Promise<PrivilegeReset[]> {
  const rows = (await readLists(catalog)).filter(({ id }) => !id.startsWith('pg_namespace:'));
  return rows.map(({ object, column, owner, mine, initial, current }) => {
    const what = column === null ? object : `${object} (${column})`;
    if (mine !== 't') return { object: what, sql: null };
    const grantees = new Set((JSON.parse(current) as AclItem[]).map(({ grantee }) => grantee));
    const columns = column === null ? '' : ` (${column})`;
    // With what others granted in their turn.
    const revokes = [...grantees].map(
      (grantee) =>
        `REVOKE ALL${columns} ON ${object} FROM ${grantee === null ? 'PUBLIC' : quoteIdentifier(grantee)} CASCADE;`,
    );
    const grants = aclChange({ object, column, owner }, [], JSON.parse(initial) as AclItem[]);
    return { object: what, sql: [...revokes, ...grants.sql].join('\n') };
  });
}

/** The privileges that differ from the initial ones. */
function readLists(catalog: Catalog): Promise<PrivilegesRow[]> {
  const queries = [...ACL_CATALOGS.map((source) => objectQuery(catalog, source)), columnQuery(catalog)];
  return catalog.query<PrivilegesRow>(`
    WITH lists(id, built_in, any_version, object, schema, name, "column", owner, initial, current) AS (
      ${queries.join('\n      UNION ALL\n      ')})
    SELECT id, built_in, any_version, object, (SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = schema) AS schema,
      name, "column", pg_catalog.pg_get_userbyid(owner) AS owner, pg_catalog.pg_get_userbyid(10) AS maker, pg_catalog.pg_has_role(owner, 'USAGE') AS mine, ${itemsAsJson('initial')} AS initial,
      ${itemsAsJson('current')} AS current
    FROM lists WHERE initial <> current OR any_version
    ORDER BY schema NULLS FIRST, name COLLATE "C", object COLLATE "C", "column" COLLATE "C" NULLS FIRST`);
}

function objectQuery(catalog: Catalog, { catalog: name, prefix, schema, type }: AclCatalog): string {
  const classId = `'${name}'::pg_catalog.regclass`;
  const owner = `o.${prefix}owner`;
  const acl = `o.${prefix}acl`;
  const isUser = catalog.isUserObject(classId, 'o.oid');
  const byDefault = `pg_catalog.acldefault(${type}, ${owner})`;
  const recorded = `CASE WHEN ${isUser} THEN ${byDefault} ELSE coalesce(p.initprivs, ${byDefault}) END`;
  const isNamespace = name === 'pg_namespace';
  const isPublic = isNamespace ? `o.nspname = 'public'` : 'false';
  const initial = isNamespace
    ? `CASE WHEN ${isPublic} THEN ${initialOfPublic(catalog, byDefault)} ELSE ${recorded} END`
    : recorded;
  return `SELECT '${name}:' || o.oid, NOT ${isUser}, ${catalog.version < 150000 ? isPublic : 'false'},
        ${grantObject('i')}, ${schema}, o.${prefix}name::text, NULL, ${owner}, ${initial}, coalesce(${acl}, ${byDefault})
      FROM pg_catalog.${name} AS o
      LEFT JOIN pg_catalog.pg_init_privs AS p ON p.classoid = ${classId} AND p.objoid = o.oid AND p.objsubid = 0
      CROSS JOIN LATERAL pg_catalog.pg_identify_object(${classId}, o.oid, 0) AS i
      WHERE (${acl} IS NOT NULL OR p.initprivs IS NOT NULL OR ${isPublic})
        AND ${isNamespace ? 'o.oid' : schema} IS DISTINCT FROM ${INFORMATION_SCHEMA}`;
}

/**
 * A fresh database has the schema public, with USAGE for all since 15 and CREATE too before. An archive of an older
 * server may go to either, so there what PUBLIC has is revoked first.
 */
function initialOfPublic(catalog: Catalog, byDefault: string): string {
  if (catalog.version < 150000) return byDefault;
  return `${byDefault} || pg_catalog.makeaclitem(0, o.nspowner, 'USAGE', false)`;
}

function columnQuery(catalog: Catalog): string {
  const classId = `'pg_class'::pg_catalog.regclass`;
  return `SELECT 'pg_class:' || o.oid, NOT ${catalog.isUserObject(classId, 'o.oid')}, false,
        ${grantObject('i')}, o.relnamespace, o.relname::text, pg_catalog.quote_ident(a.attname), o.relowner,
        coalesce(p.initprivs, '{}'), coalesce(a.attacl, '{}')
      FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_class AS o ON o.oid = a.attrelid
      LEFT JOIN pg_catalog.pg_init_privs AS p
        ON p.classoid = ${classId} AND p.objoid = o.oid AND p.objsubid = a.attnum
      CROSS JOIN LATERAL pg_catalog.pg_identify_object(${classId}, o.oid, 0) AS i
      WHERE NOT a.attisdropped AND o.relnamespace <> ${INFORMATION_SCHEMA} AND (a.attacl IS NOT NULL OR p.initprivs IS NOT NULL)`;
}

/** What GRANT calls the object `o` that pg_identify_object() told as `alias`. */
function grantObject(alias: string): string {
  return `CASE WHEN ${alias}.type IN ('view', 'materialized view', 'foreign table') THEN 'TABLE'
          WHEN ${alias}.type = 'aggregate' THEN 'FUNCTION'
          WHEN ${alias}.type = 'server' THEN 'FOREIGN SERVER'
          WHEN ${alias}.type = 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER'
          ELSE upper(${alias}.type) END || ' ' || ${statementIdentity(alias, 'o.oid')}`;
}

/** An aclitem[] as JSON of `AclItem`s, in its order. */
export function itemsAsJson(acl: string): string {
  return `(SELECT coalesce(json_agg(json_build_object(
          'grantee', CASE WHEN item.grantee <> 0 THEN pg_catalog.pg_get_userbyid(item.grantee) END,
          'grantor', pg_catalog.pg_get_userbyid(item.grantor), 'privileges', item.privileges) ORDER BY item.first), '[]')
        FROM (SELECT grantee, grantor, min(position) AS first, json_agg(json_build_object(
              'name', privilege_type, 'grantable', is_grantable) ORDER BY position) AS privileges
            FROM pg_catalog.aclexplode(nullif(${acl}, '{}'))
              WITH ORDINALITY AS a(grantor, grantee, privilege_type, is_grantable, position)
            GROUP BY grantee, grantor) AS item)`;
}
