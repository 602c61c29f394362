import type { Catalog } from '../object.ts';

/** Queries for the types, casts, transforms and languages that the server takes from a superuser only. */
export function superuserTypes({ isUserObject, version }: Catalog): string[] {
  const isUsers = (catalog: string, oid: string) =>
    isUserObject(`'pg_catalog.${catalog}'::pg_catalog.regclass`, oid);
  const casts = (what: string, condition: string) => `
    SELECT 'pg_cast:' || c.oid, '${what}', i.identity
    FROM pg_catalog.pg_cast AS c
    CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_cast'::pg_catalog.regclass, c.oid, 0) AS i
    WHERE ${condition} AND ${isUsers('pg_cast', 'c.oid')}`;
  // Multirange types came with 14.
  const rangeOf = (type: string) =>
    version < 140000
      ? type
      : `coalesce((SELECT m.rngtypid FROM pg_catalog.pg_range AS m WHERE m.rngmultitypid = ${type}), ${type})`;
  return [
    `SELECT 'pg_type:' || t.oid, 'base types', pg_catalog.format_type(t.oid, NULL)
    FROM pg_catalog.pg_type AS t
    WHERE (t.typtype = 'b' OR NOT t.typisdefined) AND ${isUsers('pg_type', 't.oid')}
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid)`,
    `SELECT 'pg_language:' || l.oid, 'procedural languages', pg_catalog.quote_ident(l.lanname)
    FROM pg_catalog.pg_language AS l WHERE ${isUsers('pg_language', 'l.oid')}`,
    // Their functions are in languages that only superusers may use.
    `SELECT 'pg_transform:' || t.oid, 'transforms',
      pg_catalog.format('FOR %s LANGUAGE %I', pg_catalog.format_type(t.trftype, NULL), l.lanname)
    FROM pg_catalog.pg_transform AS t JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang
    WHERE ${isUsers('pg_transform', 't.oid')}`,
    // They belong to the first superuser, whoever makes the type.
    `SELECT 'pg_type:' || r.oid, 'changed constructors of range types', r.oid::pg_catalog.regtype::text
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_depend AS o ON o.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND o.objid = p.oid
      AND o.deptype = 'i' AND o.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
    JOIN pg_catalog.pg_type AS t ON t.oid = p.prorettype
    JOIN pg_catalog.pg_type AS r ON r.oid = ${rangeOf('o.refobjid')}
    WHERE ${isUsers('pg_proc', 'p.oid')} AND (p.proname <> t.typname OR p.pronamespace <> r.typnamespace
      OR EXISTS (SELECT FROM pg_catalog.pg_description AS d
        WHERE d.classoid = o.classid AND d.objoid = p.oid)
      OR EXISTS (SELECT FROM pg_catalog.pg_seclabel AS l
        WHERE l.classoid = o.classid AND l.objoid = p.oid))`,
    casts('casts without a function', `c.castmethod = 'b'`),
    casts(
      'casts between types of the server or of extensions',
      `c.castmethod <> 'b' AND NOT ${isUsers('pg_type', 'c.castsource')} AND NOT ${isUsers('pg_type', 'c.casttarget')}`,
    ),
  ];
}
