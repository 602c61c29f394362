import { quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface AccessMethodRow extends Record<string, string | null> {
  oid: string;
  name: string;
  type: string;
  handler: string;
}

/** Access methods of tables and of indexes. They have no owner. */
export const accessMethodKind: ObjectKind = {
  name: 'access method',
  async collect(catalog) {
    const rows = await catalog.query<AccessMethodRow>(`
      SELECT m.oid, m.amname AS name, CASE m.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END AS type,
        pg_catalog.format('%I.%I', n.nspname, p.proname) AS handler
      FROM pg_catalog.pg_am AS m
      JOIN pg_catalog.pg_proc AS p ON p.oid = m.amhandler
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_am'::pg_catalog.regclass`, 'm.oid')}`);
    return rows.map(({ oid, name, type, handler }) => {
      const sql = `CREATE ACCESS METHOD ${quoteIdentifier(name)} TYPE ${type} HANDLER ${handler};`;
      return {
        id: `pg_am:${Number(oid)}`,
        kind: 'ACCESS METHOD',
        schema: null,
        name,
        section: 'pre-data',
        statements: () => [{ kind: 'ACCESS METHOD', schema: null, name, sql }],
      };
    });
  },
};
