import { isPermanentSchema } from '../catalog.ts';
import { readableQuery } from '../sql/deparsed.ts';
import { columnList, qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';
import { withClause } from '../sql/relation-options.ts';

interface ViewRow extends Record<string, string | null> {
  oid: string;
  row_type: string;
  array_type: string;
  rule: string;
  schema: string;
  name: string;
  options: string;
  definition: string;
  /** Whether its query reads the view itself. */
  recursive: string;
  columns: string;
}

interface ViewColumn {
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
}

/**
 * Views. What a view selects is a rule in the catalogs, and an object of its own here which the view inlines. When
 * the two cannot come together (the query needs something that needs the view, or a primary key that is made after
 * the rows), the view is made with its columns alone and gets its query later.
 */
export const viewKind: ObjectKind = {
  name: 'view',
  async collect(catalog) {
    const rows = await catalog.query<ViewRow>(viewQuery(catalog));
    return rows.flatMap((row) => [viewObject(row), definitionObject(row)]);
  },
};

function viewQuery(catalog: Catalog): string {
  return `SELECT c.oid::int8, c.reltype::int8 AS row_type, t.typarray::int8 AS array_type, r.oid::int8 AS rule,
      n.nspname AS schema, c.relname AS name,
      coalesce(array_to_json(c.reloptions), '[]') AS options,
      rtrim(pg_get_viewdef(c.oid), ';') AS definition,
      EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.deptype = 'n') AS recursive,
      (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
           'collation', CASE WHEN a.attcollation <> at.typcollation
             THEN format('%I.%I', cn.nspname, co.collname) END) ORDER BY a.attnum), '[]')
         FROM pg_attribute a
         JOIN pg_type at ON at.oid = a.atttypid
         LEFT JOIN pg_collation co ON co.oid = a.attcollation
         LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = c.reltype
    JOIN pg_rewrite r ON r.ev_class = c.oid AND r.ev_type = '1'
    WHERE c.relkind = 'v' AND ${catalog.isUserObject("'pg_class'::regclass", 'c.oid')}
          AND ${isPermanentSchema('c.relnamespace')}`;
}

function viewObject(row: ViewRow): SchemaObject {
  const definition = `pg_rewrite:${Number(row.rule)}` as const;
  return {
    id: `pg_class:${Number(row.oid)}`,
    alsoProvides: [`pg_type:${Number(row.row_type)}`, `pg_type:${Number(row.array_type)}`],
    kind: 'VIEW',
    schema: row.schema,
    name: row.name,
    section: 'pre-data',
    inlines: row.recursive === 't' ? [] : [definition],
    statements(placement) {
      const sql = placement.isInlined(definition)
        ? `CREATE VIEW ${viewWithQuery(row)}`
        : `CREATE VIEW ${qualifiedName(row.schema, row.name)} AS\n${columnsAlone(row)};`;
      return [{ kind: 'VIEW', schema: row.schema, name: row.name, sql }];
    },
  };
}

function definitionObject(row: ViewRow): SchemaObject {
  return {
    id: `pg_rewrite:${Number(row.rule)}`,
    kind: 'VIEW DEFINITION',
    schema: row.schema,
    name: row.name,
    section: 'pre-data',
    statements: () => [
      {
        kind: 'VIEW',
        schema: row.schema,
        name: row.name,
        sql: `CREATE OR REPLACE VIEW ${viewWithQuery(row)}`,
      },
    ],
  };
}

function viewWithQuery(row: ViewRow): string {
  const options = withClause(JSON.parse(row.options) as string[]);
  const columns = JSON.parse(row.columns) as ViewColumn[];
  const { names, query } = readableQuery(
    row.definition,
    columns.map(({ name }) => name),
  );
  return `${qualifiedName(row.schema, row.name)}${columnList(names)}${options} AS\n${query};`;
}

function columnsAlone(row: ViewRow): string {
  const columns = (JSON.parse(row.columns) as ViewColumn[]).map(({ name, type, collation }) => {
    const collate = collation === null ? '' : ` COLLATE ${collation}`;
    return `    NULL::${type}${collate} AS ${quoteIdentifier(name)}`;
  });
  return ` SELECT\n${columns.join(',\n')}`;
}
