import { isPermanentSchema } from '../catalog.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectId, ObjectKind, SchemaObject } from '../object.ts';
import { AMOP_ITEM, AMPROC_ITEM } from './operator-class-items.ts';

interface ClassRow extends Record<string, string | null> {
  oid: string;
  method_oid: string;
  schema: string;
  name: string;
  class: string;
  family: string;
  method: string;
  is_default: string;
  type: string;
  storage: string | null;
  /** JSON: the operators and functions that belong to the class itself, in the order of their numbers, and in that they came in. */
  items: string;
  /** JSON: what the server looks it up by, where an expression, a sort or a key names only that. */
  found_by: string;
}

/** Operator classes with the operators and functions that go when the class goes; see operator-family.ts for the others. */
export const operatorClassKind: ObjectKind = {
  name: 'operator class',
  async collect(catalog) {
    const rows = await catalog.query<ClassRow>(classQuery(catalog));
    return rows.map(classObject);
  },
};

/** Sorts, groups and comparisons of rows and arrays need a class of these methods, and the catalogs do not tell which. */
const FOUND_BY = `CASE WHEN m.amname NOT IN ('btree', 'hash') THEN '[]' ELSE (
        SELECT coalesce(json_agg(id), '[]') FROM (
          SELECT 'pg_operator:' || x.amopopr AS id FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_amop AS x ON x.oid = d.objid
          WHERE d.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass AND d.deptype = 'i'
            AND d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND d.refobjid = c.oid
          UNION SELECT 'pg_type:' || c.opcintype WHERE c.opcdefault) AS looked_up) END`;

function classQuery(catalog: Catalog): string {
  const members = (table: string, item: string, order: string) => `
      SELECT ${item} AS item, '${table}' AS origin, ${order} AS position, x.oid
      FROM pg_catalog.pg_depend AS d JOIN pg_catalog.${table} AS x ON x.oid = d.objid
      WHERE d.classid = 'pg_catalog.${table}'::pg_catalog.regclass AND d.deptype = 'i'
        AND d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND d.refobjid = c.oid`;
  return `
    SELECT c.oid, m.oid AS method_oid, n.nspname AS schema,
      pg_catalog.format('%I USING %I', c.opcname, m.amname) AS name,
      pg_catalog.format('%I.%I', n.nspname, c.opcname) AS class,
      pg_catalog.format('%I.%I', fn.nspname, f.opfname) AS family, m.amname AS method, c.opcdefault AS is_default,
      pg_catalog.format_type(c.opcintype, NULL) AS type,
      CASE WHEN c.opckeytype <> 0 THEN pg_catalog.format_type(c.opckeytype, NULL) END AS storage,
      (SELECT coalesce(json_agg(item ORDER BY origin, position, oid), '[]') FROM (
        ${members('pg_amop', AMOP_ITEM, 'x.amopstrategy')}
        UNION ALL
        ${members('pg_amproc', AMPROC_ITEM, 'x.amprocnum')}) AS member) AS items,
      ${FOUND_BY} AS found_by
    FROM pg_catalog.pg_opclass AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.opcnamespace
    JOIN pg_catalog.pg_opfamily AS f ON f.oid = c.opcfamily
    JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.opfnamespace
    JOIN pg_catalog.pg_am AS m ON m.oid = c.opcmethod
    WHERE ${catalog.isUserObject(`'pg_catalog.pg_opclass'::pg_catalog.regclass`, 'c.oid')}
      AND ${isPermanentSchema('c.opcnamespace')}`;
}

function classObject(row: ClassRow): SchemaObject {
  const { schema, name } = row;
  const sql = createClass(row);
  return {
    id: `pg_opclass:${Number(row.oid)}`,
    kind: 'OPERATOR CLASS',
    schema,
    name,
    section: 'pre-data',
    requires: [`pg_am:${Number(row.method_oid)}`],
    comesWith: JSON.parse(row.found_by) as ObjectId[],
    statements: () => [{ kind: 'OPERATOR CLASS', schema, name, sql }],
  };
}

/** The list after AS must not be empty; to store the type itself is the default, and says nothing. */
function createClass(row: ClassRow): string {
  const items = JSON.parse(row.items) as string[];
  if (row.storage !== null || items.length === 0) items.unshift(`STORAGE ${row.storage ?? row.type}`);
  return [
    `CREATE OPERATOR CLASS ${row.class}${row.is_default === 't' ? ' DEFAULT' : ''}`,
    `  FOR TYPE ${row.type} USING ${quoteIdentifier(row.method)} FAMILY ${row.family} AS`,
    `  ${items.join(',\n  ')};`,
  ].join('\n');
}
