import type { Statement } from '../../../engine.ts';
import { isPermanentSchema } from '../catalog.ts';
import { dollarQuote } from '../dollar-quote.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';
import { emptyListClause, parseSetting, setClause } from '../configuration-parameter.ts';

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
}

const VOLATILITY: Readonly<Record<string, string>> = { i: 'IMMUTABLE', s: 'STABLE' };
const PARALLEL: Readonly<Record<string, string>> = { s: 'PARALLEL SAFE', r: 'PARALLEL RESTRICTED' };

/** Functions, window functions and procedures in any language. Aggregates are a kind of their own. */
export const functionKind: ObjectKind = {
  name: 'function',
  async collect(catalog) {
    const rows = await catalog.query<FunctionRow>(functionQuery(catalog));
    return rows.map(functionObject);
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
        AND d.refclassid = d.classid AND d.refobjid = d.objid) AS recursive
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
  const kind = row.kind === 'p' ? 'PROCEDURE' : 'FUNCTION';
  const name = `${row.name}(${row.identity})`;
  const statement = (sql: string): Statement => ({ kind, schema: row.schema, name, sql });
  return {
    id: `pg_proc:${Number(row.oid)}`,
    kind,
    schema: row.schema,
    name,
    section: 'pre-data',
    statements: () => createFunction(row, kind).map(statement),
  };
}

function createFunction(row: FunctionRow, kind: string): string[] {
  const settings = (JSON.parse(row.settings) as string[]).map(parseSetting);
  const setClauses = settings.map(setClause);
  const transforms = JSON.parse(row.transforms) as string[];
  const inCreate = setClauses.includes(null) ? [] : setClauses;
  const clauses = [
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
    ...inCreate,
  ].filter(Boolean);
  const qualified = qualifiedName(row.schema, row.name);
  const definition = (body: string) =>
    `${kind} ${qualified}(${row.arguments})\n  ${[...clauses, body].join('\n  ')};`;
  const body = functionBody(row);
  // A body that calls its own function can only be read when that is there already.
  const create =
    row.recursive === 't'
      ? [`CREATE ${definition(`AS ${dollarQuote('')}`)}`, `CREATE OR REPLACE ${definition(body)}`]
      : [`CREATE ${definition(body)}`];
  if (inCreate === setClauses) return create;
  // One of the settings cannot stand in CREATE FUNCTION: then all come afterwards, which keeps their order.
  const alterations = settings.flatMap((setting, index) => {
    const { first, clause } = emptyListClause(setting);
    const alter = `ALTER ${kind} ${qualified}(${row.identity})`;
    return setClauses[index] === null ? [first, `${alter} ${clause};`] : [`${alter} ${setClauses[index]};`];
  });
  return [...create, ...alterations];
}

function functionBody(row: FunctionRow): string {
  if (row.sql_body !== null) return row.sql_body;
  if (row.library !== null) return `AS ${quoteLiteral(row.library)}, ${quoteLiteral(row.source)}`;
  return `AS ${dollarQuote(row.source)}`;
}
