import type { TableInfo } from '../engine.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from './catalog/sql/identifiers.ts';
import { copyLargeObjects, createStage, isLargeObjectData } from './catalog/large-object-data.ts';
import type { SchemaTable } from './catalog/schema-table.ts';

/** A table whose rows are read. */
export type ReadTable = TableInfo & Pick<SchemaTable, 'query' | 'isWhole'>;

/** Pages of a table, from one up to another; without end where it goes on to the table's end, wherever that is. */
export interface PageRange {
  readonly from: number;
  readonly to: number | null;
}

/**
 * COPY of a table's own rows, or of those in some of its pages, or of those that its query gives, in the database's encoding, so
 * that the bytes come as they are. A table without columns that hold data is copied without a list (which cannot be empty): each
 * row is an empty line then.
 */
export function copyToStatement(table: ReadTable, encoding: string, pages: PageRange | null = null): string {
  const query = pages === null ? table.query : rowsOfPages(table, pages);
  const rows = query === undefined ? target(table) : `(${query})`;
  return `COPY ${rows} TO STDOUT WITH (ENCODING ${quoteLiteral(encoding)})`;
}

/** What reads just those pages, by a TID range scan (from PostgreSQL 14 on), in their order. */
function rowsOfPages({ schema, name, columns }: ReadTable, { from, to }: PageRange): string {
  const limits = [`ctid >= '(${from},0)'::pg_catalog.tid`];
  if (to !== null) limits.push(`ctid < '(${to},0)'::pg_catalog.tid`);
  const list = columns.map(quoteIdentifier).join(', ');
  return `SELECT ${list} FROM ONLY ${qualifiedName(schema, name)} WHERE ${limits.join(' AND ')}`;
}

/** The reverse of `copyToStatement`; `encoding` is that of the rows, or null for the session's own. */
export function copyFromStatement(table: TableInfo, encoding: string | null): string {
  const options = encoding === null ? '' : ` WITH (ENCODING ${quoteLiteral(encoding)})`;
  return `COPY ${target(table)} FROM STDIN${options}`;
}

/** What a table holds, for messages. */
export function describeRows(table: Pick<TableInfo, 'schema' | 'name'>): string {
  return isLargeObjectData(table)
    ? 'contents of large objects'
    : `rows of table ${table.schema}.${table.name}`;
}

/** What psql runs before the rows: it reads all of a table's as one. */
export function loadStatements(
  { loadInto, ...table }: TableInfo & Pick<SchemaTable, 'loadInto'>,
  encoding: string,
): string {
  if (!isLargeObjectData(table)) {
    // The server would not look at rows in SQL_ASCII, whatever the encoding of the database they go into.
    return `${copyFromStatement({ ...table, ...loadInto }, encoding === 'SQL_ASCII' ? null : encoding)};`;
  }
  return `${createStage};\n${copyLargeObjects(quoteLiteral(encoding), false)};`;
}

function target(table: TableInfo): string {
  const columns = table.columns.map(quoteIdentifier).join(', ');
  return qualifiedName(table.schema, table.name) + (columns && ` (${columns})`);
}
