import { isPermanentSchema } from '../catalog.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectId, ObjectKind, SchemaObject } from '../object.ts';
import { AMOP_ITEM, AMPROC_ITEM } from './operator-class-items.ts';

interface FamilyRow extends Record<string, string | null> {
  oid: string;
  method_oid: string;
  schema: string;
  name: string;
  family: string;
  method: string;
  /** Whether it is the server's own or an extension's. */
  is_foreign: string;
  /** JSON: the rows of pg_amop and pg_amproc that were added to it, and what adds them. */
  member_ids: string;
  members: string;
  /** JSON: the operators and functions that they are. */
  added: string;
}

/**
 * Operator families, also those that came by themselves with a class of their name; and what was added to a family, not
 * to a class of it, even to a family of the server's or an extension's.
 */
export const operatorFamilyKind: ObjectKind = {
  name: 'operator family',
  async collect(catalog) {
    const rows = await catalog.query<FamilyRow>(familyQuery(catalog));
    return rows.flatMap((row) => [
      ...(row.is_foreign === 't' ? [] : [familyObject(row)]),
      ...(row.members === '[]' ? [] : [membersObject(row)]),
    ]);
  },
};

function familyQuery(catalog: Catalog): string {
  const isForeign = `NOT ${catalog.isUserObject(regclass('pg_opfamily'), 'f.oid')}`;
  return `
    SELECT f.oid, m.oid AS method_oid, n.nspname AS schema,
      pg_catalog.format('%I USING %I', f.opfname, m.amname) AS name,
      pg_catalog.format('%I.%I', n.nspname, f.opfname) AS family, m.amname AS method, ${isForeign} AS is_foreign,
      member.ids AS member_ids, member.items AS members, member.added
    FROM pg_catalog.pg_opfamily AS f
    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace
    JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod
    CROSS JOIN LATERAL (
      SELECT coalesce(json_agg(id ORDER BY id COLLATE "C"), '[]') AS ids,
        coalesce(json_agg(item ORDER BY id COLLATE "C" ~ '^pg_amproc', number, oid), '[]') AS items,
        coalesce(json_agg(added), '[]') AS added
      FROM (
        ${memberQuery(catalog, 'pg_amop', { family: 'amopfamily', number: 'amopstrategy', item: AMOP_ITEM, catalog: 'pg_operator', added: 'x.amopopr' })}
        UNION ALL
        ${memberQuery(catalog, 'pg_amproc', { family: 'amprocfamily', number: 'amprocnum', item: AMPROC_ITEM, catalog: 'pg_proc', added: 'x.amproc::oid' })}
      ) AS x) AS member
    WHERE ${isPermanentSchema('f.opfnamespace')} AND (NOT ${isForeign} OR member.items::text <> '[]')`;
}

/**
 * Members have no mark of the extension that added them. To a family that is not the user's they count as the user's
 * when what is added is, or when neither is an extension's.
 */
function memberQuery(
  catalog: Catalog,
  table: string,
  column: { family: string; number: string; item: string; catalog: string; added: string },
): string {
  const ofExtension = (name: string, oid: string) =>
    `EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = ${regclass(name)} AND e.objid = ${oid} AND e.deptype = 'e')`;
  return `SELECT '${table}:' || x.oid AS id, ${column.item} AS item, x.${column.number} AS number, x.oid,
          '${column.catalog}:' || ${column.added} AS added
        FROM pg_catalog.${table} AS x
        WHERE x.oid >= 16384 AND x.${column.family} = f.oid
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = ${regclass(table)}
            AND d.objid = x.oid AND d.refclassid = ${regclass('pg_opclass')} AND d.deptype = 'i')
          AND (${catalog.isUserObject(regclass('pg_opfamily'), 'f.oid')}
            OR ${catalog.isUserObject(regclass(column.catalog), column.added)}
            OR NOT ${ofExtension('pg_opfamily', 'f.oid')} AND NOT ${ofExtension(column.catalog, column.added)})`;
}

function regclass(name: string): string {
  return `'pg_catalog.${name}'::pg_catalog.regclass`;
}

function familyObject(row: FamilyRow): SchemaObject {
  const { schema, name } = row;
  const sql = `CREATE OPERATOR FAMILY ${row.family} USING ${quoteIdentifier(row.method)};`;
  return {
    id: `pg_opfamily:${Number(row.oid)}`,
    kind: 'OPERATOR FAMILY',
    schema,
    name,
    section: 'pre-data',
    requires: [`pg_am:${Number(row.method_oid)}`],
    statements: () => [{ kind: 'OPERATOR FAMILY', schema, name, sql }],
  };
}

function membersObject(row: FamilyRow): SchemaObject {
  const { schema, name } = row;
  const items = JSON.parse(row.members) as string[];
  const sql = `ALTER OPERATOR FAMILY ${row.family} USING ${quoteIdentifier(row.method)} ADD\n  ${items.join(',\n  ')};`;
  return {
    id: `operator_family_members:${Number(row.oid)}`,
    alsoProvides: JSON.parse(row.member_ids) as ObjectId[],
    kind: 'OPERATOR FAMILY',
    schema,
    name,
    section: 'pre-data',
    requires: [`pg_opfamily:${Number(row.oid)}`],
    // Not only once all that it adds is there: a foreign key between two types names an operator, and needs it in the family.
    comesWith: [`pg_opfamily:${Number(row.oid)}`, ...(JSON.parse(row.added) as ObjectId[])],
    statements: () => [{ kind: 'OPERATOR FAMILY', schema, name, sql }],
  };
}
