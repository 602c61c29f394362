import { isPermanentSchema } from '../catalog.ts';
import { qualifiedName } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';

interface StatisticsRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  definition: string;
  /** Null where it is the server's default. */
  target: string | null;
}

/** Extended statistics; ANALYZE gathers their data anew. */
export const statisticsKind: ObjectKind = {
  name: 'statistics object',
  async collect(catalog) {
    const rows = await catalog.query<StatisticsRow>(`
      SELECT s.oid, n.nspname AS schema, s.stxname AS name, pg_catalog.pg_get_statisticsobjdef(s.oid) AS definition,
        CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END AS target
      FROM pg_catalog.pg_statistic_ext AS s
      JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
      WHERE ${catalog.isUserObject(`'pg_catalog.pg_statistic_ext'::pg_catalog.regclass`, 's.oid')}
        AND ${catalog.isUserObject(`'pg_catalog.pg_class'::pg_catalog.regclass`, 's.stxrelid')}
        AND ${isPermanentSchema('s.stxnamespace')}`);
    return rows.map(({ oid, schema, name, definition, target }) => {
      const sql = [`${definition};`];
      if (target !== null) {
        sql.push(`ALTER STATISTICS ${qualifiedName(schema, name)} SET STATISTICS ${target};`);
      }
      return {
        id: `pg_statistic_ext:${Number(oid)}`,
        kind: 'STATISTICS',
        schema,
        name,
        section: 'post-data',
        statements: () => sql.map((text) => ({ kind: 'STATISTICS', schema, name, sql: text })),
      };
    });
  },
};
