import { isPermanentSchema } from '../catalog.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import type { ObjectKind } from '../object.ts';
import { INDEX_SETTINGS, indexAlterations, type IndexSettings } from './index-alterations.ts';

interface IndexRow extends IndexSettings {
  oid: string;
  definition: string;
  predicate: string | null;
  tablespace: string | null;
  is_usable: string;
}

/** Indexes that no constraint brings. */
export const indexKind: ObjectKind = {
  name: 'index',
  async collect(catalog) {
    const rows = await catalog.query<IndexRow>(`
      SELECT c.oid, ${INDEX_SETTINGS}, pg_catalog.pg_get_indexdef(c.oid) AS definition,
        pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate, s.spcname AS tablespace,
        (i.indisvalid OR c.relkind = 'I') AND i.indisready AS is_usable
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
      LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
      WHERE t.relkind IN ('r', 'p', 'm') AND ${catalog.isUserObject(`'pg_catalog.pg_class'::regclass`, 't.oid')}
        AND ${isPermanentSchema('c.relnamespace')}
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
          WHERE k.conindid = c.oid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x'))`);
    return rows.map((row) => {
      const { schema, name, table } = row;
      const sql = [`${definitionOf(row)};`, ...indexAlterations(row)];
      return {
        id: `pg_class:${Number(row.oid)}`,
        kind: 'INDEX',
        schema,
        name,
        table,
        section: 'post-data',
        // What CREATE INDEX CONCURRENTLY left half-made serves no query; pg_dump does not make it again either.
        isLeftOut: row.is_usable === 'f',
        statements: () => sql.map((text) => ({ kind: 'INDEX', schema, name, sql: text })),
      };
    });
  },
};

/** The server's definition leaves the tablespace out; its place is before the predicate, which comes last. */
function definitionOf({ definition, predicate, tablespace }: IndexRow): string {
  if (tablespace === null) return definition;
  const where = predicate === null ? '' : ` WHERE ${predicate}`;
  const rest = definition.slice(0, definition.length - where.length);
  return `${rest} TABLESPACE ${quoteIdentifier(tablespace)}${where}`;
}
