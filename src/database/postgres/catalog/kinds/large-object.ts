import { OWNER_KIND, PRIVILEGES_KIND } from '../../../engine.ts';
import { aclChange, type AclItem } from '../sequels/acl.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';
import { itemsAsJson } from '../sequels/privileges.ts';
import type { UnreadableObject } from '../unreadable-object.ts';

/** There can be millions: those with the same owner and privileges share statements, so many at a time. */
const BATCH_SIZE = 1000;

/** How many a message names before it only counts. */
const MAX_NAMED = 20;

interface BatchRow extends Record<string, string | null> {
  owner: string;
  /** JSON of oids, in their order. */
  oids: string;
  initial: string;
  current: string;
  /** JSON of pairs, an oid and its comment. */
  comments: string;
  /** JSON of the oids that have a security label. */
  labelled: string;
}

/**
 * Large objects, empty: their contents come as rows. Each is made by its owner's role, because to give one away locks it,
 * and a restore is one transaction: the server has no room for a million locks.
 */
export const largeObjectKind: ObjectKind = {
  name: 'large object',
  async collect(catalog) {
    const rows = await catalog.query<BatchRow>(`
      WITH batches AS (
        SELECT json_agg(oid ORDER BY oid) AS oids, array_agg(oid) AS members, min(oid) AS first
        FROM (
          SELECT oid, lomowner, lomacl::text AS acl,
            (row_number() OVER (PARTITION BY lomowner, lomacl::text ORDER BY oid) - 1) / ${BATCH_SIZE} AS batch
          FROM pg_catalog.pg_largeobject_metadata
        ) AS numbered
        GROUP BY lomowner, acl, batch
      )
      SELECT pg_catalog.pg_get_userbyid(o.lomowner) AS owner, b.oids,
        ${itemsAsJson(`pg_catalog.acldefault('L', o.lomowner)`)} AS initial,
        ${itemsAsJson(`coalesce(o.lomacl, pg_catalog.acldefault('L', o.lomowner))`)} AS current,
        (SELECT coalesce(json_agg(json_build_array(d.objoid, d.description) ORDER BY d.objoid), '[]')
          FROM pg_catalog.pg_description AS d
          WHERE d.classoid = 'pg_catalog.pg_largeobject'::regclass AND d.objoid = ANY (b.members)) AS comments,
        (SELECT coalesce(json_agg(DISTINCT l.objoid::int8), '[]') FROM pg_catalog.pg_seclabel AS l
          WHERE l.classoid = 'pg_catalog.pg_largeobject'::regclass AND l.objoid = ANY (b.members)) AS labelled
      FROM batches AS b JOIN pg_catalog.pg_largeobject_metadata AS o ON o.oid = b.first
      ORDER BY b.first`);
    return rows.flatMap((row) => batchObjects(row));
  },
};

function batchObjects(row: BatchRow): SchemaObject[] {
  const { owner } = row;
  const oids = (JSON.parse(row.oids) as (number | string)[]).map(Number);
  const first = oids[0] ?? 0;
  const name = oids.length === 1 ? String(first) : `${first} and ${oids.length - 1} more`;
  const id = `pg_largeobject_metadata:${first}` as const;
  const statement = (kind: string, sql: string) => ({ kind, schema: null, name, sql });
  const comments = JSON.parse(row.comments) as [oid: number | string, comment: string][];
  const create: SchemaObject = {
    id,
    alsoProvides: (JSON.parse(row.labelled) as number[]).map((oid) => `pg_largeobject:${oid}` as const),
    kind: 'LARGE OBJECT',
    schema: null,
    name,
    section: 'pre-data',
    roles: { owners: [owner] },
    statements: () => [
      statement(OWNER_KIND, `SET ROLE ${quoteIdentifier(owner)};`),
      statement('LARGE OBJECT', createStatement(oids)),
      statement(OWNER_KIND, 'RESET ROLE;'),
      ...comments.map(([oid, comment]) =>
        statement('COMMENT', `COMMENT ON LARGE OBJECT ${oid} IS ${quoteLiteral(comment)};`),
      ),
    ],
  };
  const privileges = aclChange(
    { object: `LARGE OBJECT ${oids.join(', ')}`, column: null, owner },
    JSON.parse(row.initial) as AclItem[],
    JSON.parse(row.current) as AclItem[],
  );
  if (privileges.sql.length === 0) return [create];
  const grant: SchemaObject = {
    id: `large_object_privileges:${first}`,
    kind: 'LARGE OBJECT PRIVILEGES',
    schema: null,
    name,
    // The role that loads writes the contents before, and may be left without the right to.
    section: 'post-data',
    partOf: [id],
    roles: { privileges: privileges.roles },
    statements: () => privileges.sql.map((sql) => statement(PRIVILEGES_KIND, sql)),
  };
  return [create, grant];
}

function createStatement(oids: readonly number[]): string {
  if (oids.length === 1) return `SELECT pg_catalog.lo_create('${oids[0]}');`;
  return `SELECT pg_catalog.count(pg_catalog.lo_create(oid)) FROM pg_catalog.unnest('{${oids.join(',')}}'::oid[]) AS oid;`;
}

/** Those that the connected role may not read, in one. */
export async function unreadableLargeObjects(catalog: Catalog): Promise<UnreadableObject[]> {
  const rows = await catalog.query<{ name: string; count: string; role: string }>(`
    SELECT oid::text AS name, (count(*) OVER ())::text AS count, current_user::text AS role FROM pg_catalog.pg_largeobject_metadata
    WHERE NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
      AND pg_catalog.current_setting('lo_compat_privileges') = 'off'
      AND NOT CASE WHEN lomacl IS NULL THEN pg_catalog.pg_has_role(lomowner, 'USAGE') ELSE EXISTS (
        SELECT FROM pg_catalog.aclexplode(nullif(lomacl, '{}')) AS item WHERE item.privilege_type = 'SELECT'
          AND (item.grantee = 0 OR pg_catalog.pg_has_role(item.grantee, 'USAGE'))) END
    ORDER BY oid LIMIT ${MAX_NAMED}`);
  const [row] = rows;
  if (row === undefined) return [];
  const more = Number(row.count) - rows.length;
  const names = rows.map(({ name }) => name).join(', ');
  const grant = `GRANT SELECT ON LARGE OBJECT ${row.name} TO ${quoteIdentifier(row.role)};`;
  return [
    {
      description: `large ${rows.length === 1 ? 'object' : 'objects'} ${names}${more > 0 ? ` and ${more} more` : ''}: it lacks SELECT`,
      mend: `To let it read large objects, for each of them: ${grant} Or make it a member of the roles that own them.`,
      isData: false,
    },
  ];
}
