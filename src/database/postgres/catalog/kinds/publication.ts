import { qualifiedName, quoteIdentifier, columnList } from '../sql/identifiers.ts';
import type { Catalog, ObjectKind, SchemaObject } from '../object.ts';

interface PublicationRow extends Record<string, string | null> {
  oid: string;
  name: string;
  all_tables: string;
  /** What it publishes, as its option `publish` has it. */
  publish: string;
  via_root: string;
  generated_columns: string | null;
}

interface TableRow extends Record<string, string | null> {
  oid: string;
  publication_oid: string;
  publication: string;
  schema: string;
  name: string;
  /** JSON of names; null for all columns. */
  columns: string | null;
  filter: string | null;
}

interface SchemaRow extends Record<string, string | null> {
  oid: string;
  publication_oid: string;
  publication: string;
  schema: string;
}

/** Publications; their tables and schemas are objects of their own, which go with the table. */
export const publicationKind: ObjectKind = {
  name: 'publication',
  async collect(catalog) {
    const publications = await catalog.query<PublicationRow>(`
      SELECT p.oid, p.pubname AS name, p.puballtables AS all_tables,
        pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
          CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END) AS publish,
        p.pubviaroot AS via_root, ${catalog.version >= 180000 ? 'p.pubgencols' : 'NULL'} AS generated_columns
      FROM pg_catalog.pg_publication AS p
      WHERE ${isUsers(catalog)}`);
    return [
      ...publications.map(publicationObject),
      ...(await readTables(catalog)).map(tableObject),
      ...(await readSchemas(catalog)).map(schemaObject),
    ];
  },
};

function isUsers(catalog: Catalog): string {
  return catalog.isUserObject(`'pg_catalog.pg_publication'::pg_catalog.regclass`, 'p.oid');
}

function readTables(catalog: Catalog): Promise<TableRow[]> {
  const columns = `(SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))`;
  // Columns and filters came with 15.
  const [list, filter] =
    catalog.version >= 150000 ? [columns, 'pg_catalog.pg_get_expr(r.prqual, r.prrelid)'] : ['NULL', 'NULL'];
  return catalog.query<TableRow>(`
    SELECT r.oid, p.oid AS publication_oid, p.pubname AS publication, n.nspname AS schema, c.relname AS name,
      ${list} AS columns, ${filter} AS filter
    FROM pg_catalog.pg_publication_rel AS r
    JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid
    JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE ${isUsers(catalog)}`);
}

async function readSchemas(catalog: Catalog): Promise<SchemaRow[]> {
  if (catalog.version < 150000) return [];
  return catalog.query<SchemaRow>(`
    SELECT s.oid, p.oid AS publication_oid, p.pubname AS publication, n.nspname AS schema
    FROM pg_catalog.pg_publication_namespace AS s
    JOIN pg_catalog.pg_publication AS p ON p.oid = s.pnpubid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = s.pnnspid
    WHERE ${isUsers(catalog)}`);
}

function publicationObject(row: PublicationRow): SchemaObject {
  const { name } = row;
  const options = [
    `publish = '${row.publish}'`,
    ...(row.via_root === 't' ? ['publish_via_partition_root = true'] : []),
    ...(row.generated_columns === 's' ? ['publish_generated_columns = stored'] : []),
  ];
  const all = row.all_tables === 't' ? ' FOR ALL TABLES' : '';
  const sql = `CREATE PUBLICATION ${quoteIdentifier(name)}${all} WITH (${options.join(', ')});`;
  return {
    id: `pg_publication:${Number(row.oid)}`,
    kind: 'PUBLICATION',
    schema: null,
    name,
    section: 'post-data',
    statements: () => [{ kind: 'PUBLICATION', schema: null, name, sql }],
  };
}

function tableObject(row: TableRow): SchemaObject {
  const { publication, schema, name } = row;
  const columns = row.columns === null ? '' : columnList(JSON.parse(row.columns) as string[]);
  const filter = row.filter === null ? '' : ` WHERE (${row.filter})`;
  const sql = `ALTER PUBLICATION ${quoteIdentifier(publication)} ADD TABLE ONLY ${qualifiedName(schema, name)}${columns}${filter};`;
  return {
    id: `pg_publication_rel:${Number(row.oid)}`,
    kind: 'PUBLICATION TABLE',
    schema,
    name,
    table: publication,
    section: 'post-data',
    partOf: [`pg_publication:${Number(row.publication_oid)}`],
    statements: () => [{ kind: 'PUBLICATION TABLE', schema, name, sql }],
  };
}

function schemaObject(row: SchemaRow): SchemaObject {
  const { publication, schema } = row;
  const sql = `ALTER PUBLICATION ${quoteIdentifier(publication)} ADD TABLES IN SCHEMA ${quoteIdentifier(schema)};`;
  return {
    id: `pg_publication_namespace:${Number(row.oid)}`,
    kind: 'PUBLICATION SCHEMA',
    schema: null,
    name: schema,
    table: publication,
    section: 'post-data',
    partOf: [`pg_publication:${Number(row.publication_oid)}`],
    statements: () => [{ kind: 'PUBLICATION SCHEMA', schema: null, name: schema, sql }],
  };
}
