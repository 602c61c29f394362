import { isPermanentSchema } from '../catalog.ts';
import { dollarQuote } from '../sql/dollar-quote.ts';
import { optionsClause } from '../sql/foreign-options.ts';
import { qualifiedName, quoteIdentifier } from '../sql/identifiers.ts';
import type { Catalog, ObjectId, ObjectKind, Placement, SchemaObject } from '../object.ts';
import { withClause } from '../sql/relation-options.ts';
import { refuseHalfDetached } from './half-detached.ts';
import { readInheritancePlan } from './inheritance-plan.ts';
import { columnIds, lateColumnObjects } from './late-column.ts';
import { columnAlterations } from './table-alterations.ts';
import { readColumns, type Column, withoutParents } from './table-columns.ts';
import {
  columnDefinition,
  defaultId,
  isWritten,
  partsOfColumn,
  notNullClause,
  readChecks,
  type Check,
} from './table-parts.ts';

interface TableRow extends Record<string, string | null> {
  oid: string;
  schema: string;
  name: string;
  persistence: string;
  is_partition: string;
  detaching: string | null;
  of_type: string | null;
  parents: string;
  partition_key: string | null;
  access_method: string | null;
  options: string;
  tablespace: string | null;
  replica_identity: string;
  /** For a foreign table, with the options as a clause; null for others. */
  server: string | null;
  foreign_options: string | null;
}

/**
 * Tables, partitioned tables, partitions and foreign tables, without the rows of these. A partition is made as a table of its own and attached later, so that it
 * keeps its own order of columns.
 */
export const tableKind: ObjectKind = {
  name: 'table',
  async collect(catalog) {
    const columns = await readColumns(catalog);
    const checks = await readChecks(catalog);
    const rows = await catalog.query<TableRow>(tableQuery(catalog));
    const detaching = rows.find((row) => row.detaching === 't');
    if (detaching !== undefined) await refuseHalfDetached(catalog, detaching);
    const plan = await readInheritancePlan(catalog, columns);
    const tables = rows.map((row) => {
      const all = columns.get(row.oid) ?? [];
      const early = all.filter(({ name }) => !plan.isLate(row.oid, name));
      const isAdopted = plan.isAdopted(row.oid);
      return tableObject(row, {
        columns: isAdopted ? early.map(withoutParents) : early,
        isAdopted,
        // One may need a column that comes late.
        checks: early.length < all.length ? [] : (checks.get(row.oid) ?? []),
        requires: columnIds(plan.before(row.oid), columns),
      });
    });
    const names = new Map(rows.map((row) => [row.oid, row]));
    return [...tables, ...lateColumnObjects(plan, columns, names)];
  },
};

function tableQuery(catalog: Catalog): string {
  const detaching = `(SELECT bool_or(h.inhdetachpending) FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = c.oid)`;
  return `
    SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relpersistence AS persistence,
      c.relispartition AS is_partition, ${catalog.version >= 140000 ? detaching : 'false'} AS detaching,
      CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS of_type,
      (SELECT coalesce(json_agg(pg_catalog.format('%I.%I', pn.nspname, p.relname) ORDER BY h.inhseqno), '[]')
        FROM pg_catalog.pg_inherits AS h
        JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
        JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
        WHERE h.inhrelid = c.oid AND NOT c.relispartition) AS parents,
      CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key,
      CASE WHEN m.amname <> 'heap' OR c.relkind = 'p' THEN m.amname END AS access_method,
      array_to_json(coalesce(c.reloptions, '{}') || ARRAY(
        SELECT 'toast.' || o.option FROM pg_catalog.pg_class AS s, unnest(s.reloptions) WITH ORDINALITY AS o(option, position)
        WHERE s.oid = c.reltoastrelid ORDER BY o.position)) AS options,
      s.spcname AS tablespace, c.relreplident AS replica_identity,
      fs.srvname AS server, ${optionsClause('ft.ftoptions')} AS foreign_options
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
    LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
    LEFT JOIN pg_catalog.pg_foreign_table AS ft ON ft.ftrelid = c.oid
    LEFT JOIN pg_catalog.pg_foreign_server AS fs ON fs.oid = ft.ftserver
    WHERE c.relkind IN ('r', 'p', 'f') AND ${catalog.isUserObject(`'pg_catalog.pg_class'::regclass`, 'c.oid')}
      AND ${isPermanentSchema('c.relnamespace')}`;
}

/** What of a table is made by CREATE TABLE, and what that needs beyond what the catalogs say. */
interface CreatedParts {
  readonly columns: readonly Column[];
  /** Whether its parents come afterwards. */
  readonly isAdopted: boolean;
  readonly checks: readonly Check[];
  readonly requires: readonly ObjectId[];
}

function tableObject(row: TableRow, { columns, isAdopted, checks, requires }: CreatedParts): SchemaObject {
  const { schema, name } = row;
  const parents = JSON.parse(row.parents) as string[];
  const kind = row.server === null ? 'TABLE' : 'FOREIGN TABLE';
  const written = columns.filter(isWritten);
  return {
    id: `pg_class:${Number(row.oid)}`,
    alsoProvides: columns.flatMap(partsOfColumn),
    kind,
    schema,
    name,
    section: 'pre-data',
    requires,
    inlines: [
      ...written.filter((column) => column.default !== null && column.generated === '').map(defaultId),
      ...checks.map(({ id }) => id),
    ],
    statements: (placement) =>
      [
        createTable({ ...row, parents: isAdopted ? '[]' : row.parents }, columns, checks, placement),
        ...columnAlterations(qualifiedName(schema, name), columns),
        ...(isAdopted ? parents : []).map(
          (parent) => `ALTER TABLE ONLY ${qualifiedName(schema, name)} INHERIT ${parent};`,
        ),
        ...replicaIdentity(row),
      ].map((sql) => ({ kind, schema, name, sql })),
  };
}

function createTable(
  row: TableRow,
  columns: readonly Column[],
  checks: readonly Check[],
  placement: Placement,
): string {
  const isTyped = row.of_type !== null;
  const lines = [
    ...columns
      .filter(isWritten)
      .map((column) => columnDefinition(column, isTyped, placement))
      .filter((line) => line !== null),
    ...columns
      .filter((column) => !isWritten(column))
      .flatMap((column) => {
        const clause = notNullClause(column);
        return column.not_null_oid === null || clause === null
          ? []
          : [`${clause.prefix}NOT NULL ${quoteIdentifier(column.name)}${clause.suffix}`];
      }),
    ...checks
      .filter(({ id }) => placement.isInlined(id))
      .map((check) => `CONSTRAINT ${quoteIdentifier(check.name)} ${check.definition}`),
  ];
  const parents = JSON.parse(row.parents) as string[];
  const list = lines.length === 0 ? ' ()' : ` (\n${lines.map((line) => `  ${line}`).join(',\n')}\n)`;
  const create = (unlogged: string): string =>
    [
      `CREATE ${unlogged}${row.server === null ? '' : 'FOREIGN '}TABLE ${qualifiedName(row.schema, row.name)}`,
      isTyped ? ` OF ${row.of_type}` : '',
      isTyped && lines.length === 0 ? '' : list,
      parents.length === 0 ? '' : `\nINHERITS (${parents.join(', ')})`,
      row.server === null ? '' : `\nSERVER ${quoteIdentifier(row.server)}${row.foreign_options}`,
      row.partition_key === null ? '' : `\nPARTITION BY ${row.partition_key}`,
      row.access_method === null ? '' : `\nUSING ${quoteIdentifier(row.access_method)}`,
      withClause(JSON.parse(row.options) as string[]).replace(/^ /, '\n'),
      row.tablespace === null ? '' : `\nTABLESPACE ${quoteIdentifier(row.tablespace)}`,
      ';',
    ].join('');
  if (row.persistence !== 'u') return create('');
  if (row.partition_key === null) return create('UNLOGGED ');
  // On a partitioned table it has no effect, and since 18 no server takes it.
  return `DO ${dollarQuote(`BEGIN
  IF pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 180000 THEN
${create('UNLOGGED ')}
  ELSE
${create('')}
  END IF;
END`)};`;
}

/** REPLICA IDENTITY USING INDEX comes with the index. */
function replicaIdentity(row: TableRow): string[] {
  const identity = { f: 'FULL', n: 'NOTHING' }[row.replica_identity];
  if (identity === undefined || row.server !== null) return [];
  return [`ALTER TABLE ONLY ${qualifiedName(row.schema, row.name)} REPLICA IDENTITY ${identity};`];
}
