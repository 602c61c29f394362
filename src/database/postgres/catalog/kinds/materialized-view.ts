import { isPermanentSchema } from '../catalog.ts';
import { readableQuery } from '../sql/deparsed.ts';
import { columnList, qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectId, ObjectKind, SchemaObject } from '../object.ts';
import { withClause } from '../sql/relation-options.ts';

interface MaterializedViewRow extends Record<string, string | null> {
  oid: string;
  row_type: string;
  array_type: string;
  rule: string;
  schema: string;
  name: string;
  access_method: string | null;
  options: string;
  tablespace: string | null;
  populated: string;
  /** The relations that its query needs, directly or through views and materialized views. */
  reads: string;
  /** Whether that query, or one that it reads, calls a function of the user's, which may read anything. */
  calls_code: string;
  definition: string;
  columns: string;
}

interface ColumnSettings {
  readonly name: string;
  readonly statistics: number | null;
  readonly storage: string | null;
  readonly compression: string | null;
  readonly options: readonly string[] | null;
}

/** The kind of the statements that fill a materialized view. */
export const FILLING_KIND = 'MATERIALIZED VIEW DATA';

/** Materialized views: made empty before the rows, and filled at the very end when they are filled in the source. */
export const materializedViewKind: ObjectKind = {
  name: 'materialized view',
  async collect(catalog) {
    const rows = await catalog.query<MaterializedViewRow>(materializedViewQuery(catalog));
    const empty = new Set(rows.filter(({ populated }) => populated === 'f').map(({ oid }) => Number(oid)));
    // The catalogs do not say what a function's body reads: what calls one is filled after what calls none.
    const withoutCode = rows.filter(({ calls_code }) => calls_code === 'f').map(({ oid }) => Number(oid));
    return rows.flatMap((row) => {
      const reads = JSON.parse(row.reads) as number[];
      // What reads an unpopulated one cannot be filled, even if it was when that one was still populated.
      const isFilled = row.populated === 't' && !reads.some((relation) => empty.has(relation));
      if (!isFilled) return [materializedViewObject(row)];
      const hidden = row.calls_code === 't' ? withoutCode : [];
      return [materializedViewObject(row), refreshObject(row, [...reads, ...hidden])];
    });
  },
};

function materializedViewQuery(catalog: Catalog): string {
  const target =
    catalog.version >= 170000 ? 'a.attstattarget' : 'case when a.attstattarget >= 0 then a.attstattarget end';
  const compression =
    catalog.version >= 140000 ? `case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end` : 'null';
  return `SELECT c.oid::int8, c.reltype::int8 AS row_type, t.typarray::int8 AS array_type, r.oid::int8 AS rule,
      n.nspname AS schema, c.relname AS name, nullif(m.amname, 'heap') AS access_method,
      array_to_json(coalesce(c.reloptions, '{}') || coalesce(
        (SELECT array_agg('toast.' || o.option ORDER BY o.position)
           FROM pg_class s, unnest(s.reloptions) WITH ORDINALITY o(option, position) WHERE s.oid = c.reltoastrelid),
        '{}')) AS options,
      s.spcname AS tablespace, c.relispopulated AS populated,
      origin.reads, origin.calls_code,
      rtrim(pg_get_viewdef(c.oid), ';') AS definition,
      (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'statistics', ${target},
          'storage', CASE WHEN a.attstorage <> at.typstorage THEN CASE a.attstorage
            WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' WHEN 'x' THEN 'EXTENDED' END END,
          'compression', ${compression}, 'options', a.attoptions) ORDER BY a.attnum), '[]')
        FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = c.reltype
    JOIN pg_rewrite r ON r.ev_class = c.oid AND r.ev_type = '1'
    CROSS JOIN LATERAL (WITH RECURSIVE source(relation) AS (
        SELECT c.oid
        UNION
        SELECT d.refobjid FROM source
          JOIN pg_rewrite w ON w.ev_class = source.relation AND w.ev_type = '1'
          JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
            AND d.refclassid = 'pg_class'::regclass)
      SELECT coalesce(json_agg(relation::int8) FILTER (WHERE relation <> c.oid), '[]') AS reads,
        bool_or(EXISTS (SELECT FROM pg_rewrite w
          JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
            AND d.refclassid = 'pg_proc'::regclass AND d.refobjid >= 16384
          WHERE w.ev_class = relation)) AS calls_code
      FROM source) AS origin
    LEFT JOIN pg_am m ON m.oid = c.relam
    LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
    WHERE c.relkind = 'm' AND ${catalog.isUserObject("'pg_class'::regclass", 'c.oid')}
          AND ${isPermanentSchema('c.relnamespace')}`;
}

function materializedViewObject(row: MaterializedViewRow): SchemaObject {
  const { schema, name } = row;
  const qualified = qualifiedName(schema, name);
  const columns = JSON.parse(row.columns) as ColumnSettings[];
  const { names, query } = readableQuery(
    row.definition,
    columns.map((column) => column.name),
  );
  const create = [
    `CREATE MATERIALIZED VIEW ${qualified}${columnList(names)}`,
    row.access_method === null ? '' : ` USING ${quoteIdentifier(row.access_method)}`,
    withClause(JSON.parse(row.options) as string[]),
    row.tablespace === null ? '' : ` TABLESPACE ${quoteIdentifier(row.tablespace)}`,
    ` AS\n${query}\n  WITH NO DATA;`,
  ].join('');
  const settings = columns.flatMap((column) =>
    columnSettings(column).map(
      (setting) =>
        `ALTER MATERIALIZED VIEW ${qualified} ALTER COLUMN ${quoteIdentifier(column.name)} SET ${setting};`,
    ),
  );
  return {
    id: `pg_class:${Number(row.oid)}`,
    alsoProvides: [
      `pg_type:${Number(row.row_type)}`,
      `pg_type:${Number(row.array_type)}`,
      `pg_rewrite:${Number(row.rule)}`,
    ],
    kind: 'MATERIALIZED VIEW',
    schema,
    name,
    section: 'pre-data',
    statements: () => [create, ...settings].map((sql) => ({ kind: 'MATERIALIZED VIEW', schema, name, sql })),
  };
}

function columnSettings({ statistics, storage, compression, options }: ColumnSettings): string[] {
  const settings: string[] = [];
  if (statistics !== null) settings.push(`STATISTICS ${statistics}`);
  if (storage !== null) settings.push(`STORAGE ${storage}`);
  if (compression !== null) settings.push(`COMPRESSION ${compression}`);
  if (options !== null) settings.push(withClause(options).slice(' WITH '.length));
  return settings;
}

/**
 * Its query runs as the materialized view's owner, so everything else must be there first, privileges and policies
 * too; and policies apply, as they did when it was filled in the source.
 */
function refreshObject(row: MaterializedViewRow, earlier: readonly number[]): SchemaObject {
  const { schema, name } = row;
  const kind = FILLING_KIND;
  const sql = ['SET row_security = on;', `REFRESH MATERIALIZED VIEW ${qualifiedName(schema, name)};`];
  return {
    id: `refresh:${Number(row.oid)}`,
    kind,
    schema,
    name,
    section: 'after-privileges',
    partOf: [`pg_class:${Number(row.oid)}`],
    requires: earlier.map((relation): ObjectId => `refresh:${relation}`),
    statements: () => sql.map((text) => ({ kind, schema, name, sql: text })),
  };
}
