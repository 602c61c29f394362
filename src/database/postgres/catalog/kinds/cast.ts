import type { ObjectKind } from '../object.ts';

interface CastRow extends Record<string, string | null> {
  oid: string;
  types: string;
  method: string;
  context: string;
  function: string | null;
}

const CONTEXT: Readonly<Record<string, string>> = { a: ' AS ASSIGNMENT', i: ' AS IMPLICIT' };

/**
 * Casts. Expressions need those that they were parsed with, and the catalogs do not tell which: in `KINDS` they stand
 * before all that has expressions, so that each comes as soon as its types and its function are there.
 */
export const castKind: ObjectKind = {
  name: 'cast',
  async collect(catalog) {
    const rows = await catalog.query<CastRow>(`
      SELECT c.oid, i.identity AS types, c.castmethod AS method, c.castcontext AS context,
        (SELECT identity FROM pg_catalog.pg_identify_object('pg_catalog.pg_proc'::regclass, nullif(c.castfunc, 0), 0))
          AS function
      FROM pg_catalog.pg_cast AS c
      CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_cast'::regclass, c.oid, 0) AS i
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_cast'::regclass`, 'c.oid')}
        -- A range type brings that to its multirange type.
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
          WHERE d.classid = 'pg_catalog.pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')`);
    return rows.map((row) => {
      const name = row.types;
      const sql = `CREATE CAST ${name} ${methodOf(row)}${CONTEXT[row.context] ?? ''};`;
      return {
        id: `pg_cast:${Number(row.oid)}`,
        kind: 'CAST',
        schema: null,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'CAST', schema: null, name, sql }],
      };
    });
  },
};

function methodOf(row: CastRow): string {
  if (row.method === 'i') return 'WITH INOUT';
  return row.method === 'b' ? 'WITHOUT FUNCTION' : `WITH FUNCTION ${row.function}`;
}
