import type { Dependencies } from '../order/dependencies.ts';
import type { Catalog, ObjectId } from '../object.ts';

/** What an extension has: a user can have added to it, and to its tables, what its script does not make. */
export interface ExtensionMembers {
  readonly extension: string;
  /** Its members and the parts of its tables, as pg_identify_object() tells them: `function public.f(integer)`. */
  readonly members: readonly string[];
  /** Those of them that objects of users need. */
  readonly used: readonly string[];
}

interface MemberRow extends Record<string, string | null> {
  extension: string;
  member: string;
  /** JSON: the ids of what needs it. */
  users: string;
}

/**
 * A query for `extension`, `member`, and the catalog row's `classid` and `objid`. Parts of tables are no members by
 * themselves. What only a user makes again by statements of ours (policies) is not among them.
 */
const MEMBERS = `
  WITH member AS (
    SELECT e.extname AS extension, d.classid, d.objid
    FROM pg_catalog.pg_extension AS e
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND d.refobjid = e.oid AND d.deptype = 'e'
  ), relation AS (
    SELECT m.extension, c.oid FROM member AS m JOIN pg_catalog.pg_class AS c ON c.oid = m.objid
    WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.relkind IN ('r', 'p', 'f', 'm', 'v')
  ), listed AS (
    SELECT extension, classid, objid, 0 AS objsubid FROM member
    UNION ALL
    SELECT extension, 'pg_catalog.pg_class'::pg_catalog.regclass, a.attrelid, a.attnum
    FROM relation AS r JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT extension, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, 0
    FROM relation AS r JOIN pg_catalog.pg_constraint AS k ON k.conrelid = r.oid AND k.contype <> 'n'
    UNION ALL
    SELECT extension, 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid, 0
    FROM relation AS r JOIN pg_catalog.pg_index AS i ON i.indrelid = r.oid
    UNION ALL
    SELECT extension, 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid, 0
    FROM relation AS r JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT extension, 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, 0
    FROM relation AS r JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = r.oid
    UNION ALL
    SELECT extension, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, 0
    FROM relation AS r JOIN pg_catalog.pg_statistic_ext AS s ON s.stxrelid = r.oid
  )
  SELECT l.extension, i.type || ' ' || i.identity AS member, l.classid, l.objid, l.objsubid
  FROM listed AS l CROSS JOIN LATERAL pg_catalog.pg_identify_object(l.classid, l.objid, l.objsubid) AS i
  -- Not what was dropped a moment ago.
  WHERE i.identity IS NOT NULL`;

/** The members of the extensions that are exported. */
export async function readExtensionMembers(
  catalog: Catalog,
  dependencies: Dependencies,
): Promise<ExtensionMembers[]> {
  const rows = await catalog.query<MemberRow>(`
    SELECT m.extension, m.member, coalesce((SELECT json_agg(DISTINCT c.relname || ':' || d.objid)
        FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS c ON c.oid = d.classid
        WHERE d.refclassid = m.classid AND d.refobjid = m.objid AND d.refobjsubid = m.objsubid
          AND d.deptype <> 'e'), '[]') AS users
    FROM (${MEMBERS}) AS m ORDER BY m.extension, m.member COLLATE "C"`);
  const exported = await catalog.query<{ id: ObjectId; name: string }>(
    `SELECT 'pg_extension:' || oid AS id, extname AS name FROM pg_catalog.pg_extension`,
  );
  const isUsers = (id: ObjectId): boolean => {
    const kind = dependencies.ownerOf(id)?.kind;
    return kind !== undefined && kind !== 'EXTENSION';
  };
  return exported
    .filter(({ id }) => dependencies.ownerOf(id) !== undefined)
    .map(({ name }) => {
      const own = rows.filter(({ extension }) => extension === name);
      const used = own.filter(({ users }) => (JSON.parse(users) as ObjectId[]).some(isUsers));
      return {
        extension: name,
        members: own.map(({ member }) => member),
        used: used.map(({ member }) => member),
      };
    });
}

/** A query for the `member`s that one extension, its first value, has. */
export const MEMBERS_OF_EXTENSION = `SELECT member FROM (${MEMBERS}) AS m WHERE extension = $1`;
