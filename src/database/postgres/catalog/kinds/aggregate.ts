import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName, quoteLiteral } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';

interface AggregateRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  identity: string;
  arguments: string;
  kind: string;
  parallel: string;
  initial: string | null;
  moving_initial: string | null;
  final_modify: string;
  moving_final_modify: string;
}

const PARALLEL: Readonly<Record<string, string>> = { s: 'SAFE', r: 'RESTRICTED' };
const MODIFY: Readonly<Record<string, string>> = { r: 'READ_ONLY', s: 'SHAREABLE', w: 'READ_WRITE' };

/** Parameters whose text the query gives ready for use, or null where they are left at their default. */
const PARAMETERS = [
  ['transition', 'SFUNC'],
  ['state_type', 'STYPE'],
  ['state_size', 'SSPACE'],
  ['final', 'FINALFUNC'],
  ['combine', 'COMBINEFUNC'],
  ['serialize', 'SERIALFUNC'],
  ['deserialize', 'DESERIALFUNC'],
  ['moving_transition', 'MSFUNC'],
  ['moving_inverse', 'MINVFUNC'],
  ['moving_state_type', 'MSTYPE'],
  ['moving_state_size', 'MSSPACE'],
  ['moving_final', 'MFINALFUNC'],
  ['sort_operator', 'SORTOP'],
] as const;

/** Aggregate functions: normal, ordered-set and hypothetical-set. */
export const aggregateKind: ObjectKind = {
  name: 'aggregate',
  async collect(catalog) {
    const rows = await catalog.query<AggregateRow>(aggregateQuery(catalog));
    return rows.map(aggregateObject);
  },
};

function aggregateQuery(catalog: Catalog): string {
  const procedure = (column: string) =>
    `(SELECT format('%I.%I', fn.nspname, f.proname)
      FROM pg_proc f JOIN pg_namespace fn ON fn.oid = f.pronamespace WHERE f.oid = a.${column})`;
  // What the server takes when the parameter is missing.
  const usual = `CASE WHEN a.aggkind = 'n' THEN 'r' ELSE 'w' END`;
  return `SELECT p.oid::int8, n.nspname AS schema, p.proname AS name,
      pg_get_function_identity_arguments(p.oid) AS identity, pg_get_function_arguments(p.oid) AS arguments,
      a.aggkind AS kind, p.proparallel AS parallel,
      a.agginitval AS initial, a.aggminitval AS moving_initial,
      CASE WHEN a.aggfinalmodify <> ${usual} THEN a.aggfinalmodify END AS final_modify,
      CASE WHEN a.aggmfinalmodify <> ${usual} THEN a.aggmfinalmodify END
        AS moving_final_modify,
      a.aggfinalextra AS final_extra, a.aggmfinalextra AS moving_final_extra,
      ${procedure('aggtransfn')} AS transition,
      format_type(a.aggtranstype, NULL) AS state_type,
      nullif(a.aggtransspace, 0) AS state_size,
      ${procedure('aggfinalfn')} AS final,
      ${procedure('aggcombinefn')} AS combine,
      ${procedure('aggserialfn')} AS serialize,
      ${procedure('aggdeserialfn')} AS deserialize,
      ${procedure('aggmtransfn')} AS moving_transition,
      ${procedure('aggminvtransfn')} AS moving_inverse,
      CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END AS moving_state_type,
      nullif(a.aggmtransspace, 0) AS moving_state_size,
      ${procedure('aggmfinalfn')} AS moving_final,
      (SELECT format('OPERATOR(%I.%s)', sn.nspname, o.oprname)
        FROM pg_operator o JOIN pg_namespace sn ON sn.oid = o.oprnamespace WHERE o.oid = a.aggsortop) AS sort_operator
    FROM pg_aggregate a
    JOIN pg_proc p ON p.oid = a.aggfnoid
    JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE ${catalog.isUserObject("'pg_proc'::regclass", 'p.oid')}
      AND ${isPermanentSchema('p.pronamespace')}`;
}

function aggregateObject(row: AggregateRow): SchemaObject {
  const { schema } = row;
  const name = `${row.name}(${row.identity})`;
  const sql = createAggregate(row);
  return {
    id: `pg_proc:${Number(row.oid)}`,
    kind: 'AGGREGATE',
    schema,
    name,
    section: 'pre-data',
    statements: () => [{ kind: 'AGGREGATE', schema, name, sql }],
  };
}

function createAggregate(row: AggregateRow): string {
  const parallel = PARALLEL[row.parallel];
  const parameters = [
    ...PARAMETERS.flatMap(([column, keyword]) =>
      row[column] === null ? [] : [`${keyword} = ${row[column]}`],
    ),
    row.final_extra === 't' && 'FINALFUNC_EXTRA',
    row.final_modify !== null && `FINALFUNC_MODIFY = ${MODIFY[row.final_modify]}`,
    row.initial !== null && `INITCOND = ${quoteLiteral(row.initial)}`,
    row.moving_final_extra === 't' && 'MFINALFUNC_EXTRA',
    row.moving_final_modify !== null && `MFINALFUNC_MODIFY = ${MODIFY[row.moving_final_modify]}`,
    row.moving_initial !== null && `MINITCOND = ${quoteLiteral(row.moving_initial)}`,
    row.kind === 'h' && 'HYPOTHETICAL',
    parallel && `PARALLEL = ${parallel}`,
  ].filter(Boolean);
  const signature = `${qualifiedName(row.schema, row.name)}(${row.arguments === '' ? '*' : row.arguments})`;
  return `CREATE AGGREGATE ${signature} (\n  ${parameters.join(',\n  ')}\n);`;
}
