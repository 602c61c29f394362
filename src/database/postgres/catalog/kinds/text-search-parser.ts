import { qualifiedName } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';
import { functionsClause } from '../text-search.ts';

interface ParserRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  functions: string;
}

export const textSearchParserKind: ObjectKind = {
  name: 'text search parser',
  async collect(catalog) {
    const functions = functionsClause({
      START: 'o.prsstart',
      GETTOKEN: 'o.prstoken',
      END: 'o.prsend',
      HEADLINE: 'o.prsheadline',
      LEXTYPES: 'o.prslextype',
    });
    const rows = await catalog.query<ParserRow>(`
      SELECT o.oid, n.nspname AS schema, o.prsname AS name, ${functions} AS functions
      FROM pg_catalog.pg_ts_parser AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.prsnamespace
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_ts_parser'::pg_catalog.regclass`, 'o.oid')}`);
    return rows.map(({ oid, schema, name, functions: list }) => {
      const sql = `CREATE TEXT SEARCH PARSER ${qualifiedName(schema, name)} (${list});`;
      return {
        id: `pg_ts_parser:${Number(oid)}`,
        kind: 'TEXT SEARCH PARSER',
        schema,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'TEXT SEARCH PARSER', schema, name, sql }],
      };
    });
  },
};
