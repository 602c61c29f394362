import { expressionTrees } from '../demands/expression-trees.ts';
import type { Catalog, ObjectId, ObjectKind } from '../object.ts';

interface CastRow extends Record<string, string | null> {
  oid: string;
  types: string;
  method: string;
  context: string;
  function: string | null;
  /** JSON: its types and its function. */
  parts: string;
  /** Whether all of them are the server's own. */
  is_built_in: string;
}

const CONTEXT: Readonly<Record<string, string>> = { a: ' AS ASSIGNMENT', i: ' AS IMPLICIT' };

/**
 * Casts. Expressions need those that they were parsed with, and the catalogs do not tell which: in `KINDS` they stand
 * before all that has expressions, so that each comes as soon as its types and its function are there. A selection takes
 * each whose types and function it has.
 */
export const castKind: ObjectKind = {
  name: 'cast',
  async collect(catalog) {
    const rows = await catalog.query<CastRow>(`
      SELECT c.oid, i.identity AS types, c.castmethod AS method, c.castcontext AS context,
        (SELECT identity FROM pg_catalog.pg_identify_object('pg_catalog.pg_proc'::regclass, nullif(c.castfunc, 0), 0))
          AS function,
        json_build_array('pg_type:' || c.castsource, 'pg_type:' || c.casttarget, 'pg_proc:' || c.castfunc) AS parts,
        greatest(c.castsource, c.casttarget, c.castfunc) < 16384 AS is_built_in
      FROM pg_catalog.pg_cast AS c
      CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_cast'::regclass, c.oid, 0) AS i
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_cast'::regclass`, 'c.oid')}
        -- A range type brings that to its multirange type.
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
          WHERE d.classid = 'pg_catalog.pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')`);
    const users = rows.some((row) => row.is_built_in === 't') ? await readUsers(catalog) : [];
    return rows.map((row) => {
      const name = row.types;
      const sql = `CREATE CAST ${name} ${methodOf(row)}${CONTEXT[row.context] ?? ''};`;
      return {
        id: `pg_cast:${Number(row.oid)}`,
        kind: 'CAST',
        schema: null,
        name,
        section: 'pre-data',
        partOf: JSON.parse(row.parts) as ObjectId[],
        comesWith: users.filter(({ cast }) => cast === row.oid).map(({ user }) => user),
        statements: () => [{ kind: 'CAST', schema: null, name, sql }],
      };
    });
  },
};

function methodOf(row: CastRow): string {
  if (row.method === 'i') return 'WITH INOUT';
  return row.method === 'b' ? 'WITHOUT FUNCTION' : `WITH FUNCTION ${row.function}`;
}

interface UserRow extends Record<string, string | null> {
  cast: string;
  user: ObjectId;
}

/** What may use casts that have no part of users': a tree tells a cast's function, or only the type that comes of it. */
function readUsers(catalog: Catalog): Promise<UserRow[]> {
  return catalog.query<UserRow>(`
    SELECT DISTINCT c.oid AS cast, used.id AS user
    FROM pg_catalog.pg_cast AS c JOIN (${expressionTrees(catalog)}) AS used
      ON used.tree LIKE CASE c.castmethod WHEN 'f' THEN '%{FUNCEXPR :funcid ' || c.castfunc || ' %'
        WHEN 'i' THEN '%{COERCEVIAIO %:resulttype ' || c.casttarget || ' %'
        ELSE '%{RELABELTYPE %:resulttype ' || c.casttarget || ' %' END
    WHERE c.oid >= 16384 AND greatest(c.castsource, c.casttarget, c.castfunc) < 16384`);
}
