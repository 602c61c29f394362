import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName } from '../identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';

interface RangeRow extends Record<string, string | null> {
  oid: string;
  namespace: string;
  schema: string;
  name: string;
  subtype: string;
  operator_class: string | null;
  collation: string | null;
  canonical: string | null;
  difference: string | null;
  multirange: string | null;
}

/** Range types with their multirange types. */
export const rangeTypeKind: ObjectKind = {
  name: 'range type',
  async collect(catalog) {
    const rows = await catalog.query<RangeRow>(rangeQuery(catalog));
    return rows.flatMap((row) =>
      row.canonical === null ? [rangeObject(row)] : [shellObject(row), rangeObject(row)],
    );
  },
};

function rangeQuery(catalog: Catalog): string {
  const functionName = (oid: string) => `(SELECT pg_catalog.format('%I.%I', pn.nspname, p.proname)
        FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.pronamespace WHERE p.oid = ${oid})`;
  const multirange = `(SELECT pg_catalog.format('%I.%I', mn.nspname, m.typname)
        FROM pg_catalog.pg_type AS m JOIN pg_catalog.pg_namespace AS mn ON mn.oid = m.typnamespace
        WHERE m.oid = r.rngmultitypid)`;
  return `
    SELECT t.oid, n.oid AS namespace, n.nspname AS schema, t.typname AS name, pg_catalog.format_type(r.rngsubtype, NULL) AS subtype,
      CASE WHEN NOT o.opcdefault THEN (SELECT pg_catalog.format('%I.%I', nspname, o.opcname)
        FROM pg_catalog.pg_namespace WHERE oid = o.opcnamespace) END AS operator_class,
      CASE WHEN r.rngcollation <> s.typcollation THEN (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname)
        FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace
        WHERE l.oid = r.rngcollation) END AS collation,
      ${functionName('r.rngcanonical')} AS canonical,
      ${functionName('r.rngsubdiff')} AS difference,
      ${catalog.version >= 140000 ? multirange : 'NULL'} AS multirange
    FROM pg_catalog.pg_type AS t
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    JOIN pg_catalog.pg_range AS r ON r.rngtypid = t.oid
    JOIN pg_catalog.pg_type AS s ON s.oid = r.rngsubtype
    JOIN pg_catalog.pg_opclass AS o ON o.oid = r.rngsubopc
    WHERE t.typtype = 'r' AND ${catalog.isUserObject(`'pg_catalog.pg_type'::regclass`, 't.oid')}
      AND ${isPermanentSchema('t.typnamespace')}`;
}

function rangeObject(row: RangeRow): SchemaObject {
  const { schema, name } = row;
  const shell = `shell_type:${Number(row.oid)}` as const;
  const options = [
    ['SUBTYPE', row.subtype],
    ['SUBTYPE_OPCLASS', row.operator_class],
    ['COLLATION', row.collation],
    ['CANONICAL', row.canonical],
    ['SUBTYPE_DIFF', row.difference],
    ['MULTIRANGE_TYPE_NAME', row.multirange],
  ].filter(([, value]) => value !== null);
  const list = options.map(([option, value]) => `\n  ${option} = ${value}`).join(',');
  const sql = `CREATE TYPE ${qualifiedName(schema, name)} AS RANGE (${list}\n);`;
  return {
    id: `pg_type:${Number(row.oid)}`,
    kind: 'TYPE',
    schema,
    name,
    section: 'pre-data',
    ...(row.canonical === null ? {} : { requires: [shell], standIn: shell }),
    statements: () => [{ kind: 'TYPE', schema, name, sql }],
  };
}

/** A type's name alone: what a canonical function, which takes the range and which the range needs, is declared with. */
function shellObject({ oid, namespace, schema, name }: RangeRow): SchemaObject {
  return {
    id: `shell_type:${Number(oid)}`,
    kind: 'SHELL TYPE',
    schema,
    name,
    section: 'pre-data',
    requires: [`pg_namespace:${Number(namespace)}`],
    statements: () => [
      { kind: 'SHELL TYPE', schema, name, sql: `CREATE TYPE ${qualifiedName(schema, name)};` },
    ],
  };
}
