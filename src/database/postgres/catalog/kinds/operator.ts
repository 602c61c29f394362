import { isPermanentSchema } from '../catalog.ts';
import type { Catalog, ObjectId, ObjectKind, SchemaObject } from '../object.ts';

interface OperatorRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  /** With its arguments. */
  name: string;
  /** What CREATE OPERATOR calls it. */
  operator: string;
  /** Null for a shell: an operator that another one only names. */
  function: string | null;
  left: string | null;
  right: string | null;
  commutator: string | null;
  negator: string | null;
  restrict: string | null;
  join: string | null;
  hashes: string;
  merges: string;
  /** JSON: operators that must come first. */
  after: string;
  /** JSON: operators that name it as their commutator or negator. */
  named_by: string;
}

/**
 * Operators. The server makes a commutator or negator that is not there yet as a shell, which its own CREATE OPERATOR
 * fills later: so any order does. What stays a shell is made by the operator that names it; a shell that none names any
 * longer cannot be used nor made again.
 */
export const operatorKind: ObjectKind = {
  name: 'operator',
  async collect(catalog) {
    const rows = await catalog.query<OperatorRow>(operatorQuery(catalog));
    return rows.map((row) => (row.function === null ? shellObject(row) : operatorObject(row)));
  },
};

function operatorQuery(catalog: Catalog): string {
  const type = (column: string) =>
    `CASE WHEN o.${column} <> 0 THEN pg_catalog.format_type(o.${column}, NULL) END`;
  const procedure = (column: string) =>
    `(SELECT pg_catalog.format('%I.%I', fn.nspname, f.proname) FROM pg_catalog.pg_proc AS f
      JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.pronamespace WHERE f.oid = o.${column})`;
  const operator = (column: string) =>
    `(SELECT pg_catalog.format('OPERATOR(%I.%s)', rn.nspname, r.oprname) FROM pg_catalog.pg_operator AS r
      JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.oprnamespace WHERE r.oid = o.${column})`;
  // Since 17 only who comes first can name an operator that has another commutator, and that one must come last.
  const comesFirst = (column: string) =>
    catalog.version < 170000
      ? 'false'
      : `r.${column} = o.oid AND o.${column} NOT IN (0, r.oid)
          OR r.oid <> o.oid AND r.oid = o.${column} AND r.${column} = o.oid AND EXISTS (SELECT FROM pg_catalog.pg_operator AS third
            WHERE third.${column} = r.oid AND third.oid NOT IN (o.oid, r.oid))`;
  return `
    SELECT o.oid, n.nspname AS schema,
      pg_catalog.format('%s(%s, %s)', o.oprname, coalesce(${type('oprleft')}, 'NONE'), coalesce(${type('oprright')}, 'NONE'))
        AS name,
      pg_catalog.format('%I.%s', n.nspname, o.oprname) AS operator,
      ${procedure('oprcode')} AS function, ${type('oprleft')} AS left, ${type('oprright')} AS right,
      ${operator('oprcom')} AS commutator, ${operator('oprnegate')} AS negator,
      ${procedure('oprrest')} AS restrict, ${procedure('oprjoin')} AS join,
      o.oprcanhash AS hashes, o.oprcanmerge AS merges,
      (SELECT coalesce(json_agg(r.oid::int8), '[]') FROM pg_catalog.pg_operator AS r
        WHERE ${comesFirst('oprcom')} OR ${comesFirst('oprnegate')}) AS after,
      (SELECT coalesce(json_agg(r.oid::int8), '[]') FROM pg_catalog.pg_operator AS r
        WHERE r.oid <> o.oid AND o.oid IN (r.oprcom, r.oprnegate)) AS named_by
    FROM pg_catalog.pg_operator AS o
    JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
    WHERE ${catalog.isUserObject(`'pg_catalog.pg_operator'::pg_catalog.regclass`, 'o.oid')}
      AND ${isPermanentSchema('o.oprnamespace')}`;
}

function operatorObject(row: OperatorRow): SchemaObject {
  const { schema, name } = row;
  const sql = createOperator(row);
  return {
    id: `pg_operator:${Number(row.oid)}`,
    kind: 'OPERATOR',
    schema,
    name,
    section: 'pre-data',
    requires: operatorIds(row.after),
    // Who names it would leave a shell in its place, and cannot even do that without its schema.
    comesWith: operatorIds(row.named_by),
    statements: () => [{ kind: 'OPERATOR', schema, name, sql }],
  };
}

/** It has an owner and can have a comment, which must come after the operators that name it. */
function shellObject({ oid, schema, name, named_by: names }: OperatorRow): SchemaObject {
  const namedBy = operatorIds(names);
  return {
    id: `pg_operator:${Number(oid)}`,
    kind: 'OPERATOR',
    schema,
    name,
    section: 'pre-data',
    requires: namedBy,
    comesWith: namedBy,
    isLeftOut: namedBy.length === 0,
    statements: () => [],
  };
}

function operatorIds(oids: string): ObjectId[] {
  return (JSON.parse(oids) as number[]).map((oid): ObjectId => `pg_operator:${oid}`);
}

function createOperator(row: OperatorRow): string {
  const parameters = [
    `FUNCTION = ${row.function}`,
    row.left !== null && `LEFTARG = ${row.left}`,
    row.right !== null && `RIGHTARG = ${row.right}`,
    row.commutator !== null && `COMMUTATOR = ${row.commutator}`,
    row.negator !== null && `NEGATOR = ${row.negator}`,
    row.restrict !== null && `RESTRICT = ${row.restrict}`,
    row.join !== null && `JOIN = ${row.join}`,
    row.hashes === 't' && 'HASHES',
    row.merges === 't' && 'MERGES',
  ].filter(Boolean);
  return `CREATE OPERATOR ${row.operator} (\n  ${parameters.join(',\n  ')}\n);`;
}
