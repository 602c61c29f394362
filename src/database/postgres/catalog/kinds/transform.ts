import type { ObjectId, ObjectKind } from '../object.ts';

interface TransformRow extends Record<string, string | null> {
  oid: string;
  /** JSON: its type, its language and its functions. */
  parts: string;
  type: string;
  language: string;
  from_sql: string | null;
  to_sql: string | null;
}

/** Transforms between a type and a procedural language. */
export const transformKind: ObjectKind = {
  name: 'transform',
  async collect(catalog) {
    const signature = (column: string) => `(SELECT identity
          FROM pg_catalog.pg_identify_object('pg_catalog.pg_proc'::regclass, nullif(t.${column}, 0), 0))`;
    const rows = await catalog.query<TransformRow>(`
      SELECT t.oid, json_build_array('pg_type:' || t.trftype, 'pg_language:' || t.trflang,
          'pg_proc:' || t.trffromsql, 'pg_proc:' || t.trftosql) AS parts,
        pg_catalog.format_type(t.trftype, NULL) AS type, pg_catalog.quote_ident(l.lanname) AS language,
        ${signature('trffromsql')} AS from_sql, ${signature('trftosql')} AS to_sql
      FROM pg_catalog.pg_transform AS t JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_transform'::regclass`, 't.oid')}`);
    return rows.map(({ oid, parts, type, language, from_sql: fromSql, to_sql: toSql }) => {
      const name = `for ${type} language ${language}`;
      const functions = [
        fromSql !== null && `FROM SQL WITH FUNCTION ${fromSql}`,
        toSql !== null && `TO SQL WITH FUNCTION ${toSql}`,
      ].filter(Boolean);
      const sql = `CREATE TRANSFORM FOR ${type} LANGUAGE ${language} (${functions.join(', ')});`;
      return {
        id: `pg_transform:${Number(oid)}`,
        kind: 'TRANSFORM',
        schema: null,
        name,
        section: 'pre-data',
        partOf: JSON.parse(parts) as ObjectId[],
        statements: () => [{ kind: 'TRANSFORM', schema: null, name, sql }],
      };
    });
  },
};
