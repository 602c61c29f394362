import type { Statement } from '../../../engine.ts';
import { isPermanentSchema } from '../catalog.ts';
import { dollarQuote } from '../sql/dollar-quote.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../sql/identifiers.ts';
import type { Catalog, ObjectId, ObjectKind, SchemaObject } from '../object.ts';
import { emptyListClause, parseSetting, setClause } from '../sql/configuration-parameter.ts';

interface FunctionRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  kind: string;
  arguments: string;
  identity: string;
  result: string | null;
  language: string;
  transforms: string;
  volatility: string;
  leakproof: string;
  strict: string;
  security_definer: string;
  parallel: string;
  cost: string;
  rows: string;
  support: string | null;
  settings: string;
  library: string | null;
  source: string;
  sql_body: string | null;
  /** Whether its body in standard SQL calls the function itself. */
  recursive: string;
  /** Whether it can be called in the same way before its body and its defaults are there. */
  has_header: string;
  namespace: string;
  /** All that its arguments and its result are. */
  types: string;
  /** Transforms that it applies. */
  applied: string;
}

const VOLATILITY: Readonly<Record<string, string>> = { i: 'IMMUTABLE', s: 'STABLE' };
const PARALLEL: Readonly<Record<string, string>> = { s: 'PARALLEL SAFE', r: 'PARALLEL RESTRICTED' };

/** Functions, window functions and procedures in any language. Aggregates are a kind of their own. */
export const functionKind: ObjectKind = {
  name: 'function',
  async collect(catalog) {
    const rows = await catalog.query<FunctionRow>(functionQuery(catalog));
    return rows.flatMap((row) =>
      row.has_header === 't' ? [headerObject(row), functionObject(row)] : [functionObject(row)],
    );
  },
};

function functionQuery(catalog: Catalog): string {
  return `SELECT p.oid::int8, n.nspname AS schema, p.proname AS name, p.prokind AS kind,
      pg_get_function_arguments(p.oid) AS arguments,
      pg_get_function_identity_arguments(p.oid) AS identity,
      pg_get_function_result(p.oid) AS result,
      l.lanname AS language,
      (SELECT coalesce(json_agg(format_type(t.type, NULL) ORDER BY t.position), '[]')
         FROM unnest(p.protrftypes) WITH ORDINALITY t(type, position)) AS transforms,
      p.provolatile AS volatility, p.proleakproof AS leakproof, p.proisstrict AS strict,
      p.prosecdef AS security_definer, p.proparallel AS parallel,
      CASE WHEN p.procost <> CASE WHEN l.lanname IN ('internal', 'c') THEN 1 ELSE 100 END THEN p.procost END AS cost,
      CASE WHEN p.proretset AND p.prorows <> 1000 THEN p.prorows END AS rows,
      (SELECT format('%I.%I', sn.nspname, s.proname)
         FROM pg_proc s JOIN pg_namespace sn ON sn.oid = s.pronamespace WHERE s.oid = p.prosupport) AS support,
      coalesce(array_to_json(p.proconfig), '[]') AS settings,
      p.probin AS library, p.prosrc AS source,
      ${catalog.version >= 140000 ? 'pg_get_function_sqlbody(p.oid)' : 'null'} AS sql_body,
      EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
        AND d.refclassid = d.classid AND d.refobjid = d.objid) AS recursive,
      ${catalog.version >= 140000 ? 'p.prosqlbody IS NOT NULL AND p.pronargdefaults = 0 AND p.prosupport = 0' : 'false'} AS has_header,
      n.oid AS namespace,
      array_to_json(coalesce(p.proallargtypes, p.proargtypes::oid[])::int8[] || p.prorettype::int8) AS types,
      (SELECT coalesce(json_agg(t.oid::int8), '[]') FROM pg_transform t
         WHERE t.trflang = p.prolang AND t.trftype = ANY (p.protrftypes)) AS applied
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    WHERE p.prokind <> 'a' AND ${catalog.isUserObject("'pg_proc'::regclass", 'p.oid')}
      AND ${isPermanentSchema('p.pronamespace')}
      -- A range type brings its constructors.
      AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')`;
}

function functionObject(row: FunctionRow): SchemaObject {
  const header = headerId(row);
  const hasHeader = row.has_header === 't';
  // Old servers do not tell.
  const applied = (JSON.parse(row.applied) as number[]).map((oid) => `pg_transform:${oid}` as const);
  return {
    ...named(row),
    id: `pg_proc:${Number(row.oid)}`,
    requires: [...(hasHeader ? [header] : []), ...applied],
    ...(hasHeader ? { standIn: header } : {}),
    statements: (placement) =>
      createFunction(row, placement.isStandingIn(header)).map((sql) => statement(row, sql)),
  };
}

/** A function with an empty body: what another one's body can call that this one's body calls in its turn. */
function headerObject(row: FunctionRow): SchemaObject {
  const id = headerId(row);
  return {
    ...named(row),
    id,
    requires: [
      `pg_namespace:${Number(row.namespace)}`,
      ...(JSON.parse(row.types) as number[]).map((oid) => `pg_type:${oid}` as const),
    ],
    statements: (placement) => (placement.isStandingIn(id) ? [statement(row, createHeader(row))] : []),
  };
}

function headerId({ oid }: FunctionRow): ObjectId {
  return `function_header:${Number(oid)}`;
}

function named(row: FunctionRow): Pick<SchemaObject, 'kind' | 'schema' | 'name' | 'section'> {
  return { kind: kindOf(row), schema: row.schema, name: `${row.name}(${row.identity})`, section: 'pre-data' };
}

function kindOf({ kind }: FunctionRow): string {
  return kind === 'p' ? 'PROCEDURE' : 'FUNCTION';
}

function statement(row: FunctionRow, sql: string): Statement {
  const { kind, schema, name } = named(row);
  return { kind, schema, name, sql };
}

/** @param isDeclared whether its header is there */
function createFunction(row: FunctionRow, isDeclared: boolean): string[] {
  const settings = (JSON.parse(row.settings) as string[]).map(parseSetting);
  const setClauses = settings.map(setClause);
  const inCreate = setClauses.includes(null) ? [] : setClauses;
  // A body that calls its own function can only be read when that is there already.
  const create = [
    ...(row.recursive === 't' && !isDeclared ? [createHeader(row)] : []),
    definition(row, row.recursive === 't' || isDeclared ? 'CREATE OR REPLACE' : 'CREATE', [
      ...clauses(row),
      ...inCreate,
      functionBody(row),
    ]),
  ];
  if (inCreate === setClauses) return create;
  // One of the settings cannot stand in CREATE FUNCTION: then all come afterwards, which keeps their order.
  const alterations = settings.flatMap((setting, index) => {
    const { first, clause } = emptyListClause(setting);
    const alter = `ALTER ${kindOf(row)} ${qualifiedName(row.schema, row.name)}(${row.identity})`;
    return setClauses[index] === null ? [first, `${alter} ${clause};`] : [`${alter} ${setClauses[index]};`];
  });
  return [...create, ...alterations];
}

function createHeader(row: FunctionRow): string {
  return definition(row, 'CREATE', [...clauses(row), `AS ${dollarQuote('')}`]);
}

function definition(row: FunctionRow, create: string, list: readonly (string | null)[]): string {
  const signature = `${qualifiedName(row.schema, row.name)}(${row.arguments})`;
  return `${create} ${kindOf(row)} ${signature}\n  ${list.join('\n  ')};`;
}

function clauses(row: FunctionRow): string[] {
  const transforms = JSON.parse(row.transforms) as string[];
  return [
    row.result === null ? null : `RETURNS ${row.result}`,
    `LANGUAGE ${quoteIdentifier(row.language)}`,
    transforms.length > 0 && `TRANSFORM ${transforms.map((type) => `FOR TYPE ${type}`).join(', ')}`,
    row.kind === 'w' && 'WINDOW',
    VOLATILITY[row.volatility],
    row.leakproof === 't' && 'LEAKPROOF',
    row.strict === 't' && 'STRICT',
    row.security_definer === 't' && 'SECURITY DEFINER',
    PARALLEL[row.parallel],
    row.cost && `COST ${row.cost}`,
    row.rows && `ROWS ${row.rows}`,
    row.support && `SUPPORT ${row.support}`,
  ].filter((clause) => typeof clause === 'string');
}

function functionBody(row: FunctionRow): string {
  if (row.sql_body !== null) return row.sql_body;
  if (row.library !== null) return `AS ${quoteLiteral(row.library)}, ${quoteLiteral(row.source)}`;
  return `AS ${dollarQuote(row.source)}`;
}
