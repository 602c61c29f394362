import { quoteIdentifier, qualifiedName } from './sql/identifiers.ts';
import type { Catalog, ObjectId } from './object.ts';
import { COPIED_COLUMNS, type SchemaTable, type TableExclusions } from './schema-table.ts';

/** A relation whose contents belong to the user, although an extension made it: pg_extension_config_dump() says so. */
export interface ConfigurationRelation {
  readonly oid: string;
  readonly kind: 'table' | 'sequence';
  /** The extension that it belongs to, and the schema of that. */
  readonly extension: string;
  readonly extensionSchema: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** `WHERE …`, which tells the user's rows from the extension's own; empty for all. */
  readonly condition: string;
  readonly bytes: number;
}

interface ConfigurationRow extends Record<string, string | null> {
  id: ObjectId;
  oid: string;
  kind: string;
  extension: string;
  extension_schema: string;
  schema: string;
  name: string;
  columns: string;
  condition: string;
  bytes: string;
}

/** Those of the extensions for which `isExported` holds, by schema and name. */
export async function readConfiguration(
  catalog: Catalog,
  isExported: (id: ObjectId) => boolean,
): Promise<ConfigurationRelation[]> {
  const rows = await catalog.query<ConfigurationRow>(`
    SELECT 'pg_extension:' || e.oid AS id, c.oid, CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind,
      e.extname AS extension, en.nspname AS extension_schema, n.nspname AS schema, c.relname AS name,
      ${COPIED_COLUMNS} AS columns, f.condition, pg_catalog.pg_table_size(c.oid) AS bytes
    FROM pg_catalog.pg_extension AS e
    JOIN pg_catalog.pg_namespace AS en ON en.oid = e.extnamespace
    CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) AS f(relation, condition)
    JOIN pg_catalog.pg_class AS c ON c.oid = f.relation
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'S')
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`);
  return rows
    .filter(({ id }) => isExported(id))
    .map((row) => ({
      oid: row.oid,
      kind: row.kind === 'sequence' ? 'sequence' : 'table',
      extension: row.extension,
      extensionSchema: row.extension_schema,
      schema: row.schema,
      name: row.name,
      columns: JSON.parse(row.columns) as string[],
      condition: row.condition,
      bytes: Number(row.bytes),
    }));
}

/** The tables among them as what holds rows, those that foreign keys point to first. */
export async function readConfigurationTables(
  catalog: Catalog,
  isExported: (id: ObjectId) => boolean,
  exclusions: TableExclusions,
): Promise<SchemaTable[]> {
  const relations = await readConfiguration(catalog, isExported);
  const tables = relations.filter(
    ({ kind, schema, name }) => kind === 'table' && !exclusions.excludeTable(schema, name),
  );
  const sorted = await byForeignKeys(catalog, tables);
  return sorted.map(({ schema, name, columns, condition, bytes }) => ({
    schema,
    name,
    columns,
    estimatedBytes: bytes,
    withRows: !exclusions.excludeRows(schema, name),
    isWhole: true,
    ...(condition.trim() !== '' && {
      query: `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM ONLY ${qualifiedName(schema, name)} ${condition}`,
    }),
  }));
}

/** Each after those that its foreign keys point to; in a circle, where no order is right, they come as they are. */
async function byForeignKeys(
  catalog: Catalog,
  tables: readonly ConfigurationRelation[],
): Promise<ConfigurationRelation[]> {
  const keys = await catalog.query<{ from: string; to: string }>(
    `SELECT conrelid AS from, confrelid AS to FROM pg_catalog.pg_constraint
    WHERE contype = 'f' AND conrelid = ANY ($1::oid[]) AND confrelid = ANY ($1::oid[])`,
    [`{${tables.map(({ oid }) => oid).join(',')}}`],
  );
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  const sorted = new Set<ConfigurationRelation>();
  const visited = new Set<ConfigurationRelation>();
  const visit = (table: ConfigurationRelation): void => {
    if (visited.has(table)) return;
    visited.add(table);
    for (const { from, to } of keys) {
      const target = byOid.get(to);
      if (from === table.oid && target !== undefined) visit(target);
    }
    sorted.add(table);
  };
  for (const table of tables) visit(table);
  return [...sorted];
}

/** Statements that remove what is the user's from extensions that stay, what points to others first. */
export async function readConfigurationClearing(
  catalog: Catalog,
  extensions: ReadonlySet<ObjectId>,
): Promise<string[]> {
  const relations = await readConfiguration(catalog, (id) => extensions.has(id));
  const tables = await byForeignKeys(
    catalog,
    relations.filter(({ kind }) => kind === 'table'),
  );
  const statements: string[] = [];
  for (const { schema, name, condition } of tables.toReversed()) {
    const rows = `FROM ONLY ${qualifiedName(schema, name)} ${condition}`;
    // Who may not delete from it need not, as long as there is nothing.
    const [found] = await catalog.query<{ some: string }>(`SELECT EXISTS (SELECT ${rows}) AS some`);
    if (found?.some?.startsWith('t')) statements.push(`DELETE ${rows}`);
  }
  return statements;
}

/** What must be there for contents that belong to the user of an extension. */
export type ConfigurationDemand = Pick<
  ConfigurationRelation,
  'extension' | 'extensionSchema' | 'schema' | 'name' | 'columns'
>;

/** Those that the export has contents for. */
export async function readConfigurationDemands(
  catalog: Catalog,
  isExported: (relation: ConfigurationRelation) => boolean,
): Promise<ConfigurationDemand[]> {
  const relations = await readConfiguration(catalog, () => true);
  return relations.filter(isExported).map(({ extension, extensionSchema, schema, name, columns, kind }) => ({
    extension,
    extensionSchema,
    schema,
    name,
    columns: kind === 'sequence' ? [] : columns,
  }));
}
