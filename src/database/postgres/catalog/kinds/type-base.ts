import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteLiteral } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';
import { shellId, shellObject, type ShellRow } from './type-shell.ts';

interface BaseTypeRow extends ShellRow {
  length: string;
  by_value: string;
  alignment: string;
  storage: string;
  category: string;
  preferred: string;
  delimiter: string;
  default: string | null;
  element: string | null;
  collatable: string;
}

const ALIGNMENT: Readonly<Record<string, string>> = { c: 'char', s: 'int2', i: 'int4', d: 'double' };
const STORAGE: Readonly<Record<string, string>> = { p: 'plain', e: 'external', x: 'extended', m: 'main' };

/** The functions of a type: the columns that tell them, the options that set them, and the first server that has them. */
const FUNCTIONS: readonly (readonly [column: string, option: string, since: number])[] = [
  ['typinput', 'INPUT', 0],
  ['typoutput', 'OUTPUT', 0],
  ['typreceive', 'RECEIVE', 0],
  ['typsend', 'SEND', 0],
  ['typmodin', 'TYPMOD_IN', 0],
  ['typmodout', 'TYPMOD_OUT', 0],
  ['typanalyze', 'ANALYZE', 0],
  ['typsubscript', 'SUBSCRIPT', 140000],
];

/** Base types, each with the shell that its functions are declared with. */
export const baseTypeKind: ObjectKind = {
  name: 'base type',
  async collect(catalog) {
    const rows = await catalog.query<BaseTypeRow>(baseTypeQuery(catalog));
    return rows.flatMap((row) => [shellObject(row), baseTypeObject(row)]);
  },
};

function baseTypeQuery(catalog: Catalog): string {
  const functions = FUNCTIONS.filter(([, , since]) => catalog.version >= since).map(
    ([column]) => `(SELECT pg_catalog.format('%I.%I', pn.nspname, p.proname)
        FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.pronamespace
        WHERE p.oid = t.${column}) AS ${column}`,
  );
  return `
    SELECT t.oid, n.oid AS namespace, n.nspname AS schema, t.typname AS name,
      t.typlen AS length, t.typbyval AS by_value, t.typalign AS alignment, t.typstorage AS storage,
      t.typcategory AS category, t.typispreferred AS preferred, t.typdelim AS delimiter, t.typdefault AS "default",
      CASE WHEN t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, NULL) END AS element,
      t.typcollation <> 0 AS collatable,
      ${functions.join(',\n      ')}
    FROM pg_catalog.pg_type AS t
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE t.typtype = 'b' AND t.typisdefined
      AND ${catalog.isUserObject(`'pg_catalog.pg_type'::regclass`, 't.oid')}
      AND ${isPermanentSchema('t.typnamespace')}
      -- Each type brings that of its arrays.
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid)`;
}

function baseTypeObject(row: BaseTypeRow): SchemaObject {
  const { schema, name } = row;
  const shell = shellId(row.oid);
  const options = [
    ...FUNCTIONS.map(([column, option]) => [option, row[column] ?? null] as const),
    ['INTERNALLENGTH', row.length === '-1' ? 'variable' : row.length],
    ['ALIGNMENT', ALIGNMENT[row.alignment]],
    ['STORAGE', STORAGE[row.storage]],
    ['CATEGORY', quoteLiteral(row.category)],
    ['PREFERRED', row.preferred === 't' ? 'true' : null],
    ['DEFAULT', row.default === null ? null : quoteLiteral(row.default)],
    ['ELEMENT', row.element],
    ['DELIMITER', quoteLiteral(row.delimiter)],
    ['COLLATABLE', row.collatable === 't' ? 'true' : null],
  ].filter(([, value]) => value !== null);
  const list = options.map(([option, value]) => `\n  ${option} = ${value}`);
  if (row.by_value === 't') list.push('\n  PASSEDBYVALUE');
  const sql = `CREATE TYPE ${qualifiedName(schema, name)} (${list.join(',')}\n);`;
  return {
    id: `pg_type:${Number(row.oid)}`,
    kind: 'TYPE',
    schema,
    name,
    section: 'pre-data',
    requires: [shell],
    standIn: shell,
    statements: () => [{ kind: 'TYPE', schema, name, sql }],
  };
}
