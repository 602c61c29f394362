import { qualifiedName } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';
import { functionsClause } from '../text-search.ts';

interface TemplateRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  functions: string;
}

export const textSearchTemplateKind: ObjectKind = {
  name: 'text search template',
  async collect(catalog) {
    const functions = functionsClause({ INIT: 'o.tmplinit', LEXIZE: 'o.tmpllexize' });
    const rows = await catalog.query<TemplateRow>(`
      SELECT o.oid, n.nspname AS schema, o.tmplname AS name, ${functions} AS functions
      FROM pg_catalog.pg_ts_template AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.tmplnamespace
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_ts_template'::pg_catalog.regclass`, 'o.oid')}`);
    return rows.map(({ oid, schema, name, functions: list }) => {
      const sql = `CREATE TEXT SEARCH TEMPLATE ${qualifiedName(schema, name)} (${list});`;
      return {
        id: `pg_ts_template:${Number(oid)}`,
        kind: 'TEXT SEARCH TEMPLATE',
        schema,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'TEXT SEARCH TEMPLATE', schema, name, sql }],
      };
    });
  },
};
