import type { TableInfo } from '../engine.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from './catalog/sql/identifiers.ts';
import { copyLargeObjects, createStage, isLargeObjectData } from './catalog/large-object-data.ts';
import type { SchemaTable } from './catalog/schema-table.ts';

/** A table whose rows are read. */
export type ReadTable = TableInfo & Pick<SchemaTable, 'query' | 'isWhole'>;

/**
 * COPY of a table's own rows, or of those that its query gives, in the database's encoding, so that the bytes come as they are. A table without columns that
 * hold data is copied without a list (which cannot be empty): each row is an empty line then.
 */
export function copyToStatement(table: ReadTable, encoding: string): string {
  const rows = table.query === undefined ? target(table) : `(${table.query})`;
  return `COPY ${rows} TO STDOUT WITH (ENCODING ${quoteLiteral(encoding)})`;
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
export function loadStatements(table: TableInfo, encoding: string): string {
  if (!isLargeObjectData(table)) {
    // The server would not look at rows in SQL_ASCII, whatever the encoding of the database they go into.
    return `${copyFromStatement(table, encoding === 'SQL_ASCII' ? null : encoding)};`;
  }
  return `${createStage};\n${copyLargeObjects(quoteLiteral(encoding), false)};`;
}

function target(table: TableInfo): string {
  const columns = table.columns.map(quoteIdentifier).join(', ');
  return qualifiedName(table.schema, table.name) + (columns && ` (${columns})`);
}
