import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';
import { shellId, shellObject, type ShellRow } from './type-shell.ts';

interface RangeRow extends ShellRow {
  subtype: string;
  operator_class: string | null;
  collation: string | null;
  canonical: string | null;
  difference: string | null;
  multirange: string | null;
  /** Constructors of it and of its multirange type that have kept a name or a schema which the type had before. */
  renamed: string;
}

interface Constructor {
  readonly arguments: string;
  readonly schema: string;
  readonly name: string;
  /** What the server calls it in a new type: as the type, in the schema of the range, also for a multirange. */
  readonly made_name: string;
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
      ${catalog.version >= 140000 ? multirange : 'NULL'} AS multirange,
      (SELECT coalesce(json_agg(renamed ORDER BY made_name COLLATE "C", arguments COLLATE "C"), '[]') FROM (
        SELECT pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments, pn.nspname AS schema,
          p.proname AS name, m.typname AS made_name
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_proc AS p ON p.oid = d.objid
        JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.pronamespace
        JOIN pg_catalog.pg_type AS m ON m.oid = p.prorettype
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.deptype = 'i'
          AND d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid ${catalog.version >= 140000 ? 'IN (t.oid, r.rngmultitypid)' : '= t.oid'}
          AND (p.proname, p.pronamespace) <> (m.typname, t.typnamespace)) AS renamed) AS renamed
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
  const shell = shellId(row.oid);
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
    statements: () =>
      [
        sql,
        ...(JSON.parse(row.renamed) as Constructor[]).flatMap((one) => renameConstructor(one, schema)),
      ].map((text) => ({ kind: 'TYPE', schema, name, sql: text })),
  };
}

function renameConstructor(constructor: Constructor, madeSchema: string): string[] {
  const { schema, name, made_name: madeName } = constructor;
  const alter = (current: string, change: string) =>
    `ALTER FUNCTION ${qualifiedName(madeSchema, current)}(${constructor.arguments}) ${change};`;
  return [
    ...(name === madeName ? [] : [alter(madeName, `RENAME TO ${quoteIdentifier(name)}`)]),
    ...(schema === madeSchema ? [] : [alter(name, `SET SCHEMA ${quoteIdentifier(schema)}`)]),
  ];
}
